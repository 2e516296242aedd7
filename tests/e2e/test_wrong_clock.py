"""A process of the program that starts with a wrong clock, a restore, and the status: what each makes of the time."""

import signal
from datetime import timedelta

import pytest

from dela.attending.figures import Figures
from dela.attending.registration import Registration
from dela.clock.seen import THIS, ClockSeen
from dela.mailing.believing import vouch
from dela.mailing.ledger import Heartbeat, Message, MessageState
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reading import open_meetings
from dela.store.contract import Query
from tests.golden.observe import types
from tests.support.forum import NOW, Forum
from tests.support.lives import Life, Nursery, nursery
from tests.support.process import until
from tests.support.smtp_server import SmtpServer

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def lived(lives: Nursery, happens) -> None:
    """A process lives until its schedule has run all that it runs and something has happened; then it ends politely."""
    life = lives.start()
    until(lambda: "retention 200" in life.log and happens(life), telling=lambda: life.log)
    life.send(signal.SIGTERM)
    until(lambda: not life.alive, telling=lambda: life.log)
    assert "Traceback" not in life.log


@pytest.mark.slow
def test_a_start_with_the_clock_400_days_ahead_for_some_seconds_harms_nobody(tmp_path):
    with SmtpServer() as server:
        forum = Forum(tmp_path, mail=server.url(), port=0)
        first, second = forum.meeting(), forum.meeting(NOW + 100 * DAY)
        forum.crowd(first, 58)
        forum.sign_up(first, "pending@example.org")
        store = forum.ports.store

        def done(_: Life | None = None) -> bool:
            return store.count(Message, Query(equal={"state": MessageState.PLANNED})) == 0

        with nursery(tmp_path, forum.settings, forum.now) as lives:
            lives.clock.is_no_ones_intention()
            lived(lives, done)
            forum.confirmed(second)
            lives.clock.move(400 * DAY)
            lived(lives, lambda life: "held=1" in life.log)
            lives.clock.move(-400 * DAY)
            assert store.count(Registration, Query()) == 60
            assert store.count(Message, Query(equal={"outcome": "too_late"})) == 0
            assert [each.id for each in open_meetings(store, forum.now)] == [first.id, second.id]
            assert [each.state for each in store.query(Meeting, Query())] == [MeetingState.OPEN] * 2
            assert store.count(Figures, Query()) == 0
            lived(lives, done)
        assert [mail.recipient for mail in server.taken] == ["pending@example.org", "anna@example.org"]
        forum.close()


# A restore


@pytest.fixture
def backup(tmp_path):
    """A backup of a forum that ran when it was made."""
    (tmp_path / "old").mkdir()
    forum = Forum(tmp_path / "old")
    forum.crowd(forum.meeting(), 3)
    forum.run()
    vouch(forum.ports.store, forum.now)
    forum.close()
    types(tmp_path / "old", NOW, "backup", str(tmp_path / "backup"))
    return tmp_path / "backup"


def restored(backup, moment) -> Forum:
    folder = backup.parent / "new"
    said = types(folder, moment, "restore", str(backup))
    forum = Forum(folder).at(moment)
    forum.clock.meant = False
    forum.said = said
    return forum


def test_a_restore_of_an_old_backup_is_no_jump_and_says_by_what_clock_it_was_done(backup):
    forum = restored(backup, NOW + 3 * DAY)
    forum.later(minutes=5).run()

    assert "Now it is Fri 27 Nov 2026 10:00. If that is wrong, please set the clock, and restore again." in forum.said
    assert forum.ports.store.get(ClockSeen, THIS).believed
    assert "clock" not in types(forum.folder, forum.now, "status").partition("Please look at this")[2]
    forum.close()


def test_a_restore_with_the_clock_before_the_backup_was_made_says_so_and_does_not_believe_it(backup):
    forum = restored(backup, NOW - 30 * DAY)
    forum.later(minutes=5).run()

    assert "before the backup was made: please set it, and restore again" in forum.said
    assert not forum.ports.store.get(ClockSeen, THIS).believed
    assert "was followed by" in types(forum.folder, forum.now, "status")
    forum.close()


def test_the_status_tells_of_a_jump_before_the_forum_has_run_by_the_wrong_clock(backup):
    folder = backup.parent / "old"

    assert "clock:" not in types(folder, NOW + 30 * MINUTE, "status")
    said = types(folder, NOW + 400 * DAY, "status")
    assert "!  clock: Tue 24 Nov 2026 10:00 was followed by Wed 29 Dec 2027 10:00: nothing is erased" in said


def test_a_backup_of_the_first_release_has_heartbeats_only_and_is_restored_alike(tmp_path):
    (tmp_path / "old").mkdir()
    forum = Forum(tmp_path / "old")
    forum.crowd(forum.meeting(), 3)
    forum.run()
    assert forum.ports.store.get(ClockSeen, THIS) is None
    assert forum.ports.store.get(Heartbeat, "reminders")
    forum.close()
    types(tmp_path / "old", NOW, "backup", str(tmp_path / "backup"))

    other = restored(tmp_path / "backup", NOW + 30 * DAY)
    other.run()

    assert other.ports.store.get(ClockSeen, THIS).believed
    other.close()
