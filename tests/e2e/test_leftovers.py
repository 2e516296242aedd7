"""What killed processes leave, copies of the store, keys, a mail, goes at the next chance; what is used stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dela.mail.outbox import Outbox
from dela.store import files, keys_file
from dela.store.files import BACKUP, RESTORE, clear_workplaces, workplace
from tests.support.mails import mail_to
from tests.support.operator import Operator
from tests.support.process import ROOT, environment

MARCH = "2097-03-04T12:10"


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    return Operator(tmp_path / "data", monkeypatch, capsys)


def left_in(folder: Path, prefix: str, name: str = "k1ll3d_x") -> Path:
    """A workplace as a killed process leaves it."""
    left = folder / f"{prefix}{name}"
    left.mkdir()
    (left / "dela.sqlite3").write_text("people")
    return left


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_copy_of_a_killed_backup_goes_with_the_next_one_beside_it(operator, tmp_path):
    operator.types("plan", MARCH)
    left_in(tmp_path, BACKUP)

    operator.types("backup", str(tmp_path / "backup"))

    assert names(tmp_path) == ["backup", "data"]


@pytest.mark.parametrize("prefix", [BACKUP, RESTORE])
@pytest.mark.parametrize("command", [("status",), ("plan", MARCH)])
def test_what_was_left_beside_the_store_goes_with_the_next_start(operator, prefix, command):
    operator.types("plan", "2097-06-03T12:10")
    left = left_in(operator.folder, prefix)

    operator.types(*command)

    assert not left.exists()


def test_what_a_killed_restore_left_goes_with_the_next_restore(operator, tmp_path):
    operator.types("plan", MARCH)
    operator.types("backup", str(tmp_path / "backup"))
    left = left_in(operator.folder, RESTORE)

    operator.types("restore", str(tmp_path / "backup"), "--overwrite")

    assert not left.exists()


def test_a_real_backup_that_is_killed_leaves_a_copy_and_the_next_start_removes_it(operator):
    operator.types("plan", MARCH)
    script = (
        "import os, signal, sys; from dela.operating import backup_file, cli\n"
        "backup_file._pack = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "cli.main(['backup', sys.argv[1]])"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(operator.folder / "b")],
        cwd=ROOT,
        env={**environment(), "DELA_DATA_DIR": str(operator.folder)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    (left,) = operator.folder.glob(f"{BACKUP}*")
    assert (left / "dela.sqlite3").stat().st_size > 0, "there was something to remove"

    operator.types("status")

    assert list(operator.folder.glob(f"{BACKUP}*")) == []


def test_a_workplace_in_use_by_another_process_stays_until_that_has_ended(tmp_path):
    script = (
        "import sys, pathlib; from dela.store.files import workplace\n"
        "with workplace(pathlib.Path(sys.argv[1]), '.restore-') as folder:\n"
        "    print('in it', flush=True); sys.stdin.read()"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    )
    assert worker.stdout.readline() == b"in it\n"
    clear_workplaces(tmp_path)
    assert len(names(tmp_path)) == 1

    worker.kill()
    worker.communicate()
    clear_workplaces(tmp_path)
    assert names(tmp_path) == []


def test_only_what_is_certainly_ours_goes(tmp_path, monkeypatch):
    kept = [left_in(tmp_path, BACKUP, name) for name in ("mine", "2026-november", "UPPER_CA")]
    (tmp_path / f"{RESTORE}a_file_x").write_text("somebody's")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"{BACKUP}linked_x").symlink_to(tmp_path / "elsewhere")
    with workplace(tmp_path, BACKUP) as used:
        clear_workplaces(tmp_path)
        assert used.exists()
    foreign = left_in(tmp_path, BACKUP)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    clear_workplaces(tmp_path)

    assert {path.name for path in kept} | {foreign.name, f"{RESTORE}a_file_x", "elsewhere", f"{BACKUP}linked_x"} == set(
        names(tmp_path)
    )


def test_where_a_file_system_knows_no_locks_only_what_is_old_goes(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(files.fcntl, "flock", none)
    young, old = left_in(tmp_path, BACKUP, "young_xx"), left_in(tmp_path, BACKUP, "old_xxxx")
    os.utime(old, (time.time() - 13 * 3600,) * 2)

    with workplace(tmp_path, RESTORE) as used:
        clear_workplaces(tmp_path)
        assert names(tmp_path) == sorted([used.name, young.name])


def test_a_draft_of_keys_goes_with_the_next_start_and_the_keys_stay(tmp_path):
    keys = keys_file.load_or_create(tmp_path)
    draft = tmp_path / ".keys.json.0123abcd"
    draft.write_text("{}")

    assert keys_file.load_or_create(tmp_path) == keys
    assert names(tmp_path) == ["keys.json"]


def test_processes_that_start_at_once_share_their_keys_and_leave_no_draft(tmp_path):
    script = (
        "import sys, pathlib; from dela.store import keys_file\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(sorted(keys_file.load_or_create(pathlib.Path(sys.argv[1])).items()))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment()) for _ in range(4)]
    for each in started:
        assert each.stdout.readline() == b"ready\n"
    for each in started:
        each.stdin.write(b"\n")
        each.stdin.flush()
    said = {each.communicate()[0] for each in started}

    assert len(said) == 1
    assert b"identity_key" in said.pop()
    assert names(tmp_path) == ["keys.json"]


def test_a_mail_that_was_half_written_goes_with_the_next_one(tmp_path):
    (tmp_path / ".00000001-abc.draft").write_bytes(b"To: anna@example.org")

    with Outbox(tmp_path).session() as session:
        session.send(mail_to())

    assert [name for name in names(tmp_path) if name.endswith((".draft", ".eml"))] == [
        path.name for path in tmp_path.glob("*.eml")
    ]


def synced(monkeypatch) -> list[str]:
    """What is put on disk from now on, by path."""
    seen = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: seen.append(os.readlink(f"/proc/self/fd/{descriptor}")) or real(descriptor)
    )
    return seen


def test_new_keys_are_on_disk_with_their_name_and_the_names_of_their_folders(tmp_path, monkeypatch):
    seen = synced(monkeypatch)

    keys_file.load_or_create(tmp_path / "a" / "b")

    assert set(seen) >= {str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")}
    assert seen[-1] == str(tmp_path / "a" / "b"), "after the keys have their name"


def test_a_mail_in_the_outbox_is_on_disk_with_its_name(tmp_path, monkeypatch):
    seen = synced(monkeypatch)

    with Outbox(tmp_path / "outbox").session() as session:
        session.send(mail_to())

    assert seen[0] == str(tmp_path)
    assert seen[-1] == str(tmp_path / "outbox")


def test_an_outbox_whose_counter_is_damaged_goes_on_after_its_highest_number(tmp_path):
    (tmp_path / "00000041-abc.eml").write_bytes(b"")
    (tmp_path / ".counter").write_bytes(b"\xff4\xb2\x00")

    with Outbox(tmp_path).session() as session:
        session.send(mail_to())

    assert sorted(path.name[:8] for path in tmp_path.glob("*.eml")) == ["00000041", "00000042"]
