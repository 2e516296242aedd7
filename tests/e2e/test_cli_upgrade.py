"""`dela serve` upgrades what an older Dela stored, after a backup; what a newer one stored is left alone."""

import os
import sqlite3
import time
import zipfile
from contextlib import closing

import pytest

from dela.meetings.meeting import Meeting
from dela.operating import data_lock, serving, upgrade_backup
from dela.store import form
from dela.store.contract import Query
from dela.store.form import STORED, Form
from tests.support.operator import Operator
from tests.support.process import free_port
from tests.support.steps import Spelling, Word, WordOfOld, put, release, step

MARCH = "2097-03-04T12:10"
COMMANDS = (["status"], ["plan", "2097-06-03T12:10"], ["cancel", "2097-1", "--yes"])


@pytest.fixture
def served(monkeypatch):
    """The forms of the store that would be served, instead of serving it."""
    forms = []
    monkeypatch.setattr(
        serving._Process, "run", lambda self, others, listen: forms.append(self._ports.store.get(Form, STORED))
    )
    return forms


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    return Operator(tmp_path / "data", monkeypatch, capsys, PORT=str(free_port()))


@pytest.fixture
def used(operator):
    """Data of the first release, which wrote no form: a meeting, and some words."""
    operator.types("plan", MARCH)
    with operator.store() as store:
        put(store, *(WordOfOld(id=f"{n}", text="ord") for n in range(3)))
        store.transact(lambda transaction: transaction.delete(Form, STORED))
    return operator


def backups(operator) -> list[str]:
    return sorted(path.name for path in operator.folder.glob("before-upgrade*"))


def test_new_data_are_in_the_newest_form_from_the_first_command_on(operator, served):
    operator.types("plan", MARCH)
    with operator.store() as store:
        assert store.get(Form, STORED).done == form.KNOWN
    operator.types("serve", "--trial")
    assert backups(operator) == []


def test_serving_stamps_what_the_first_release_stored_without_a_backup(used, served):
    assert "2097-1" in used.types("status")
    used.types("serve", "--trial")

    assert served == [Form(id=STORED, done=form.KNOWN)]
    assert backups(used) == []


@pytest.mark.parametrize("way", [["serve", "--trial"], ["demo"]])
def test_what_a_newer_one_stored_is_refused_in_one_sentence_and_can_be_copied_still(used, served, way, tmp_path):
    with used.store() as store:
        if way == ["demo"]:
            store.transact(lambda writing: [writing.delete(kind, each.id) for kind, each in [(Meeting, _only(store))]])
        put(store, Form(id=STORED, done=7, needs=7))

    for words in (way, *COMMANDS):
        said = used.is_refused(*words)
        assert said.count("a newer Dela has stored these data (form 7; this one knows up to") == 1
    assert served == []
    used.types("backup", str(tmp_path / "copy.zip"))
    assert "newer Dela" in used.is_refused("restore", str(tmp_path / "copy.zip"), "--overwrite")


def _only(store) -> Meeting:
    return store.query(Meeting, Query())[0]


def test_what_a_newer_one_only_added_is_served(used, served):
    with used.store() as store:
        put(store, Form(id=STORED, done=7))
    used.types("status")
    used.types("plan", "2097-06-03T12:10")
    used.types("serve", "--trial")
    assert served == [Form(id=STORED, done=7)]


def test_serving_upgrades_after_a_backup_from_which_one_comes_back(used, served, tmp_path):
    with release(step(form.KNOWN + 1, Spelling(), breaking=True)):
        for words in COMMANDS:
            assert "`dela serve` makes a backup of them and upgrades them" in used.is_refused(*words)
        used.types("backup", str(tmp_path / "own.zip"))

        said = used.types("serve", "--trial")

        assert backups(used) == ["before-upgrade-from-0.zip"]
        assert str(used.folder / "before-upgrade-from-0.zip") in said
        assert served == [Form(id=STORED, done=form.KNOWN, needs=form.KNOWN)]
        with used.store() as store:
            assert [each.letters for each in store.query(Word, Query())] == [tuple("ord")] * 3
        used.types("status")
        used.types("serve", "--trial")
        assert backups(used) == ["before-upgrade-from-0.zip"]
    assert "a newer Dela" in used.is_refused("serve", "--trial")

    used.types("restore", str(used.folder / "before-upgrade-from-0.zip"), "--overwrite")
    with used.store() as store:
        assert store.count(Word, Query()) == len(store.query(WordOfOld, Query())) == 3
    assert len(served) == 2
    used.types("serve", "--trial")


def test_a_backup_of_an_older_one_is_upgraded_as_it_is_restored(used, tmp_path):
    used.types("backup", str(tmp_path / "own.zip"))
    with release(step(form.KNOWN + 1, Spelling())):
        used.types("restore", str(tmp_path / "own.zip"), "--overwrite")
        used.types("status")
        with used.store() as store:
            assert len(store.query(Word, Query())) == 3


def test_nothing_is_upgraded_while_others_use_the_data(used, served):
    with release(step(form.KNOWN + 1, Spelling())), data_lock.using(used.folder / "dela.sqlite3"):
        assert "please stop it first" in used.is_refused("serve", "--trial")
        assert backups(used) == []
    assert served == []


def test_an_upgrade_that_was_cut_short_keeps_the_backup_from_before_it_began(used, served):
    spelling = Spelling(stumbles_after=1)
    with release(step(form.KNOWN + 1, spelling)):
        with used.store() as store:
            put(store, Form(id=STORED, done=form.KNOWN - 1))
        used.is_refused("serve", "--trial")
        kept = (used.folder / backups(used)[0]).read_bytes()
        spelling.stumbles_after = 1000
        with used.store() as store:  # (its lock ends by itself)
            found = store.get(Form, STORED)
            put(store, found.model_copy(update={"until": found.until.replace(year=2020)}))
        used.types("serve", "--trial")

        assert (used.folder / backups(used)[0]).read_bytes() == kept
        assert words_in(used.folder / backups(used)[0], used.folder / "unpacked") == 3
        assert len(backups(used)) == 1


def words_in(archive, folder) -> int:
    """How many words in their old form a backup holds."""
    with zipfile.ZipFile(archive) as opened:
        opened.extract("dela.sqlite3", folder)
    with closing(sqlite3.connect(folder / "dela.sqlite3")) as connection:
        return connection.execute("SELECT count(*) FROM words WHERE json_type(body, '$.text') = 'text'").fetchone()[0]


def test_the_backup_goes_by_itself_after_two_weeks(tmp_path):
    names = [upgrade_backup.NAME.format(form=number) for number in range(2)]
    for name, days in zip(names, (13, 15), strict=True):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - days * 86400,) * 2)

    upgrade_backup.clear(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == names[:1]


def test_the_daily_retention_sees_to_that(forum, monkeypatch):
    cleared = []
    monkeypatch.setattr(upgrade_backup, "clear", cleared.append)

    serving.call("reminders", forum.ports)
    assert cleared == []
    serving.call("retention", forum.ports)
    assert cleared == [forum.settings.data_dir]
