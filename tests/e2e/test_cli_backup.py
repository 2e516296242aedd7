"""`dela backup` and `dela restore`: everything in one file, and back, whatever happens meanwhile."""

import hashlib
import io
import json
import os
import shutil
import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from dela.mailing.ledger import AudiencePlan, Heartbeat
from dela.meetings.meeting import Meeting
from dela.operating import backup_file, data_lock, restored
from dela.store.contract import Query
from dela.store.sqlite import SqliteStore
from dela.version import VERSION
from tests.support.forum import NOW
from tests.support.operator import Operator

NEW, OLD, IDENTITY = "a key that is newer", "a key that is older", "an identity of this forum"
MARCH, JUNE = "2097-03-04T12:10", "2097-06-03T12:10"


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    return Operator(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def backup(operator, tmp_path):
    """A backup of one meeting; the data have two by now, and other keys."""
    operator.types("plan", MARCH)
    operator.types("backup", str(tmp_path / "backup"))
    shutil.rmtree(operator.folder)
    operator.types("plan", MARCH, JUNE)
    return tmp_path / "backup"


def state(operator) -> tuple[list[str], str]:
    """The meetings, and the keys."""
    with operator.store() as store:
        ids = [each.id for each in store.query(Meeting, Query())]
    return ids, (operator.folder / "keys.json").read_text()


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_a_backup_holds_everything_and_brings_it_to_a_new_machine(operator, tmp_path):
    operator.types("plan", MARCH, JUNE)
    operator.types("link", "2097-1", "https://meet.example.org/x")
    before = state(operator)

    assert "keep it safe" in operator.types("backup", str(tmp_path / "backup"))
    operator.set(DELA_DATA_DIR=str(tmp_path / "new" / "place"))
    operator.folder = tmp_path / "new" / "place"
    assert "Restored as it was at" in operator.types("restore", str(tmp_path / "backup"))

    assert state(operator) == before
    assert "2097-2" in operator.types("status")
    assert stat.S_IMODE((operator.folder / "keys.json").stat().st_mode) == 0o600


def test_a_backup_is_for_its_owner_only_and_replaces_the_one_before_at_once(operator, tmp_path):
    target = tmp_path / "backup"
    target.write_text("the one before")
    target.chmod(0o644)
    operator.types("plan", MARCH)

    with target.open() as reading:
        operator.types("backup", str(target))
        assert reading.read() == "the one before", "whoever reads it meanwhile reads one of them whole"

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "data"]


def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(operator, tmp_path, monkeypatch):
    target = tmp_path / "backup"
    target.write_text("the one before")
    operator.types("plan", MARCH)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)

    assert "No space left on device" in operator.is_refused("backup", str(target))
    assert target.read_text() == "the one before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "data"]


def test_a_backup_needs_data_and_a_folder(operator, tmp_path):
    assert "there are no data yet" in operator.is_refused("backup", str(tmp_path / "backup"))
    operator.types("plan", MARCH)
    assert "not a file in a folder that exists" in operator.is_refused("backup", str(tmp_path / "no" / "backup"))
    assert "not a file in a folder that exists" in operator.is_refused("backup", str(tmp_path))


def test_keys_of_the_environment_are_in_the_backup_and_others_are_refused(operator, tmp_path):
    operator.set(DELA_SECRET_KEYS=f"{NEW},{OLD}", DELA_IDENTITY_KEY=IDENTITY)
    operator.types("plan", MARCH)
    operator.types("backup", str(tmp_path / "backup"))

    operator.set(DELA_IDENTITY_KEY="an identity of another forum")
    assert "DELA_IDENTITY_KEY is not the backup's" in operator.is_refused(
        "restore", str(tmp_path / "backup"), "--overwrite"
    )
    operator.set(DELA_IDENTITY_KEY=IDENTITY, DELA_SECRET_KEYS="a key of another forum")
    assert "DELA_SECRET_KEYS has none" in operator.is_refused("restore", str(tmp_path / "backup"), "--overwrite")
    operator.set(DELA_IDENTITY_KEY="", DELA_SECRET_KEYS="")
    operator.types("restore", str(tmp_path / "backup"), "--overwrite")

    keys = json.loads((operator.folder / "keys.json").read_text())
    assert (keys["secret_keys"], keys["identity_key"]) == (f"{NEW},{OLD}", IDENTITY)


def test_restore_replaces_data_only_if_told(operator, backup):
    before = contents(operator.folder)

    said = operator.is_refused("restore", str(backup))

    assert "there are data already" in said
    assert "--overwrite" in said
    assert contents(operator.folder) == before
    operator.types("restore", str(backup), "--overwrite")
    assert state(operator)[0] == ["2097-1"]


def test_restore_is_refused_while_anything_uses_the_data(operator, backup):
    before = contents(operator.folder)

    with data_lock.using(operator.folder / "dela.sqlite3"), data_lock.using(operator.folder / "dela.sqlite3"):
        assert "please stop it first" in operator.is_refused("restore", str(backup), "--overwrite")

    assert contents(operator.folder) == before


def test_nothing_uses_the_data_while_they_are_replaced(operator, backup):
    with data_lock.alone(operator.folder / "dela.sqlite3"):
        assert "are being restored" in operator.is_refused("plan", JUNE)


@pytest.mark.slow
def test_a_file_that_is_no_whole_backup_touches_nothing(operator, backup, tmp_path):
    before = contents(operator.folder)
    good, broken = backup.read_bytes(), tmp_path / "broken"
    ruins = [b"", b"PK", b"no archive at all", good[: len(good) // 2], good[:-1], good[100:]]
    places = range(0, len(good), max(1, len(good) // 30))
    ruins += [good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :] for place in places]

    refused = 0
    for ruin in ruins:
        broken.write_bytes(ruin)
        try:
            operator.is_refused("restore", str(broken), "--overwrite")
            refused += 1
        except AssertionError:
            # A flipped bit in a field that nobody reads, such as a time of the archive's list, harms nothing.
            assert state(operator)[0] == ["2097-1"]
            operator.types("plan", JUNE)
            before = contents(operator.folder)
        assert contents(operator.folder) == before
    assert refused > len(ruins) * 0.8
    assert "there is no such file" in operator.is_refused("restore", str(tmp_path / "nowhere"))


def rewritten(backup: Path, target: Path, change) -> Path:
    """The backup with its manifest and files as `change` leaves them."""
    with zipfile.ZipFile(backup) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(manifest, files)
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def test_a_backup_that_is_only_rewritten_is_good(operator, backup, tmp_path):
    operator.types("restore", str(rewritten(backup, tmp_path / "same", lambda manifest, files: None)), "--overwrite")

    assert state(operator)[0] == ["2097-1"]


def test_a_backup_says_which_dela_made_it_and_one_that_does_not_is_good(operator, backup, tmp_path):
    with zipfile.ZipFile(backup) as archive:
        assert json.loads(archive.read("manifest.json"))["made_by"] == f"dela {VERSION}"
    silent = rewritten(backup, tmp_path / "silent", lambda manifest, files: manifest.pop("made_by"))

    operator.types("restore", str(silent), "--overwrite")

    assert state(operator)[0] == ["2097-1"]


def described(data: bytes) -> dict:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def climb_out(manifest, files):
    files["../../outside"] = b"x"
    manifest["files"]["../../outside"] = described(b"x")


def climb_out_as_the_store(manifest, files):
    files["../dela.sqlite3"] = files.pop("dela.sqlite3")
    manifest["files"]["../dela.sqlite3"] = manifest["files"].pop("dela.sqlite3")


def newer(manifest, files):
    manifest["version"] = 99


def another_program(manifest, files):
    manifest["format"] = "another"


def larger_than_said(manifest, files):
    manifest["files"]["dela.sqlite3"]["bytes"] -= 1


def other_keys(manifest, files):
    files["keys.json"] = files["keys.json"].replace(b"identity", b"identitY")


def damaged_store_with_a_right_sum(manifest, files):
    data = files["dela.sqlite3"]
    files["dela.sqlite3"] = data[:4096] + b"\xff" * 8192 + data[4096 + 8192 :]
    manifest["files"]["dela.sqlite3"] = described(files["dela.sqlite3"])


def another_store(manifest, files):
    assert b"2097-1" in files["dela.sqlite3"]
    files["dela.sqlite3"] = files["dela.sqlite3"].replace(b"2097-1", b"2097-9")


def no_manifest_entries(manifest, files):
    manifest.clear()


@pytest.mark.parametrize(
    "change",
    [
        climb_out,
        climb_out_as_the_store,
        newer,
        another_program,
        larger_than_said,
        other_keys,
        another_store,
        damaged_store_with_a_right_sum,
        no_manifest_entries,
    ],
)
def test_what_does_not_fit_together_is_refused_and_nothing_leaves_the_folder(operator, backup, tmp_path, change):
    before = contents(operator.folder)

    said = operator.is_refused("restore", str(rewritten(backup, tmp_path / "changed", change)), "--overwrite")

    reasons = {damaged_store_with_a_right_sum: "the store is damaged", newer: "made by a newer Dela"}
    assert reasons.get(change, "is not a whole backup of Dela") in said
    assert contents(operator.folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "changed", "data"]


def test_no_more_is_unpacked_than_the_backup_says(tmp_path):
    target = io.BytesIO()

    with pytest.raises(ValueError, match="larger than said"):
        backup_file._copy(io.BytesIO(bytes(10 * backup_file.CHUNK)), target, backup_file.CHUNK)

    assert len(target.getvalue()) <= backup_file.CHUNK


class Killed(BaseException):
    pass


class Death:
    """Ends a process at its n-th step in the file system; nothing is tidied up after it, as after SIGKILL."""

    STEPS = (
        *((Path, name) for name in ("replace", "rename", "unlink")),
        *((shutil, name) for name in ("rmtree", "copyfile")),
        *((os, name) for name in ("fsync", "open", "mkdir")),
    )

    def __init__(self, monkeypatch, at: int) -> None:
        self.left, self.dead = at, False
        for owner, name in self.STEPS:
            monkeypatch.setattr(owner, name, self._dying(getattr(owner, name)))

    def _dying(self, step):
        def stepped(*arguments, **more):
            self.left -= 1
            if self.dead or self.left == 0:
                self.dead = True
                raise Killed
            return step(*arguments, **more)

        return stepped


@pytest.mark.slow
def test_a_restore_that_dies_at_any_step_leaves_the_old_data_or_the_new_ones_whole(operator, backup, tmp_path, capsys):
    old = state(operator)
    aside = tmp_path / "aside"
    shutil.copytree(operator.folder, aside)
    operator.types("restore", str(backup), "--overwrite")
    new = state(operator)
    assert old[0] != new[0]
    assert old[1] != new[1]

    outcomes, died = [], True
    while died:
        shutil.rmtree(operator.folder)
        shutil.copytree(aside, operator.folder)
        with pytest.MonkeyPatch.context() as patching:
            death = Death(patching, len(outcomes) + 1)
            with suppress(Killed):
                operator.types("restore", str(backup), "--overwrite")
            died = death.dead
        capsys.readouterr()
        operator.types("status")
        outcomes.append(state(operator))
        assert outcomes[-1] in (old, new), f"step {len(outcomes)}"
        assert not restored.pending(operator.folder / "dela.sqlite3")
    assert outcomes[0] == old
    assert outcomes[-1] == new
    assert outcomes == sorted(outcomes, key=[old, new].index), "once decided, it stays decided"
    assert len(outcomes) > 10


def test_the_old_stores_log_is_not_played_onto_the_new_one(operator, backup):
    left = operator.folder / "left"
    left.mkdir()
    with operator.store() as store:
        store.create(Heartbeat(id="unfinished", at=NOW))
        for path in operator.folder.glob("dela.sqlite3*"):
            shutil.copy2(path, left / path.name)
    for path in left.iterdir():
        path.replace(operator.folder / path.name)
    left.rmdir()
    assert (operator.folder / "dela.sqlite3-wal").stat().st_size > 0, "as a killed server leaves it"

    operator.types("restore", str(backup), "--overwrite")

    with operator.store() as store:
        assert store.get(Heartbeat, "unfinished") is None
        assert [each.id for each in store.query(Meeting, Query())] == ["2097-1"]


@pytest.mark.slow
def test_a_backup_is_consistent_although_others_write_meanwhile(operator, tmp_path):
    operator.types("plan", MARCH)
    path, stop = operator.folder / "dela.sqlite3", Event()

    def write(number: int) -> None:
        """Two documents that always change together."""
        store = SqliteStore(path)
        count = 0
        while not stop.is_set():
            count += 1
            pair = [
                AudiencePlan(id=f"{side}{number}", meeting="m", planned_at=NOW, pages=count, people=0) for side in "ab"
            ]
            store.transact(lambda transaction, pair=pair: [transaction.put(each) for each in pair])
        store.close()

    writers = [Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        for number in range(5):
            operator.types("backup", str(tmp_path / f"backup{number}"))
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    seen = []
    for number in range(5):
        with backup_file.unpacked(tmp_path / f"backup{number}", tmp_path / "x" / "store") as (staged, _, _):
            store = SqliteStore(staged)
            plans = {each.id: each.pages for each in store.query(AudiencePlan, Query())}
            store.close()
        assert all(plans[f"a{writer}"] == plans[f"b{writer}"] for writer in range(3) if f"a{writer}" in plans)
        seen.append(sum(plans.values()))
    assert seen[-1] > seen[0], "there was something to see"


def test_root_does_not_work_on_another_users_data(operator, backup, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    os.chown(operator.folder / "dela.sqlite3", 12345, -1)

    for command in (("status",), ("restore", str(backup), "--overwrite"), ("backup", f"{backup}2"), ("plan", JUNE)):
        assert "belongs to another user" in operator.is_refused(*command)
