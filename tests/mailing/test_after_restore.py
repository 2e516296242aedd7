"""A restored ledger does not know what was sent after its backup was made."""

from datetime import timedelta

import pytest

from dela.duties.run_duties import plan_mails
from dela.mailing.after_restore import settle
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from dela.store.sqlite import SqliteStore
from tests.support.forum import START, Forum
from tests.support.mail_server import MailServer

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def restored(forum, tmp_path):
    """A function: the forum as it is now, restored elsewhere after some time."""
    made = []

    def restore(after: timedelta) -> Forum:
        folder = tmp_path / f"restored{len(made)}"
        folder.mkdir()
        store = SqliteStore(tmp_path / "dela.sqlite3")
        store.backup(folder / "dela.sqlite3")
        store.close()
        other = Forum(folder).at(forum.now + after)
        made.append(other)
        settle(other.ports, other.now)
        return other

    yield restore
    for each in made:
        each.close()


def subjects(forum):
    return [str(mail["Subject"]).split(":")[0] for mail in forum.mails]


def test_a_reminder_that_left_after_the_backup_is_not_sent_again_and_the_next_one_is(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY - HOUR).run()
    other = restored(after=2 * HOUR)
    forum.travel(other.now)
    assert subjects(forum)[-5:] == ["Vi ses i morgon"] * 5

    other.travel(START)

    assert subjects(other) == ["Vi ses om en timme"] * 5


def test_one_that_was_leaving_when_the_backup_was_made_is_not_gone_on_with(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)

    other = restored(after=HOUR).travel(START)

    assert subjects(other) == ["Vi ses om en timme"] * 5


def test_one_whose_time_has_not_come_is_sent(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)

    other = restored(after=timedelta(minutes=5)).travel(START)

    assert subjects(other) == ["Vi ses i morgon"] * 5 + ["Vi ses om en timme"] * 5


def test_settling_twice_changes_nothing_more(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)

    other = restored(after=HOUR)

    assert settle(other.ports, other.now) == 0


def test_a_mail_to_one_person_that_waited_is_sent_with_the_same_message_id(forum, restored):
    meeting = forum.meeting()
    forum.sign_up(meeting)
    other = restored(after=HOUR)

    forum.deliver()
    other.run()

    assert [mail["Message-ID"] for mail in other.mails] == [mail["Message-ID"] for mail in forum.mails]
    assert len(other.mails) == 1


@pytest.mark.parametrize("change", ["moved", "cancelled"])
def test_a_correction_that_waited_is_sent(forum, restored, change):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    if change == "moved":
        move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    else:
        cancel_meeting(forum.ports, meeting.id, forum.now)

    other = restored(after=HOUR).run()

    assert len(other.mails) == 5


def test_one_that_is_due_at_the_very_moment_counts_as_sent(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY - HOUR).run()

    other = restored(after=HOUR).travel(START)

    assert subjects(other)[-5:] == ["Vi ses om en timme"] * 5
    assert "Vi ses i morgon" not in subjects(other)


def test_a_correction_that_waited_beside_a_reminder_that_may_have_left_is_sent(forum, restored):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    move_meeting(forum.ports, meeting.id, START + HOUR, forum.now)

    other = restored(after=2 * HOUR).travel(START + HOUR)

    assert subjects(other) == ["Ny tid"] * 5 + ["Vi ses om en timme"] * 5


def test_a_page_that_is_not_sent_any_more_says_why_and_names_nobody(forum, restored):
    """Its cursor is a person's id, who may be erased before the page is."""
    forum.crowd(forum.meeting(), 20)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    MailServer(forum).before = lambda mail: forum.later(seconds=3)
    [page] = forum.ports.store.query(AudiencePage, Query())
    deliver(forum.ports, f"page:{page.id}")
    assert forum.ports.store.get(AudiencePage, page.id).cursor

    other = restored(after=HOUR)

    settled = other.ports.store.get(AudiencePage, page.id)
    assert (settled.due_at, settled.outcome, settled.cursor) == (None, "restored", "")
