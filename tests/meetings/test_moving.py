"""Meetings move and are cancelled: every calendar is corrected once, and no reminder tells what is no longer true."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from dela.attending.leave import leave
from dela.duties.run_duties import plan_mails
from dela.errors import Conflict, NotFound
from dela.mailing.ledger import AudiencePage, Message, MessageState
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import FORM, NOW, START, calendar_of, text_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
END = START + 50 * MINUTE
NOTHING_HAPPENED = {"sequence": 0, "starts_at": START}
CANCELLED_TEXT = "This meeting is cancelled"


def subjects(forum, address="anna@example.org"):
    return [str(mail["Subject"]).split(":")[0] for mail in forum.mails_to(address)]


def entry(mail):
    """The calendar entry of a mail: its method, and the event."""
    part = calendar_of(mail)
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), calendar.events[0]


def present(forum, meeting):
    kept = forum.present_meeting(meeting.id)
    return {"sequence": kept.sequence, "starts_at": kept.starts_at}


@pytest.mark.parametrize("target", [NOW - DAY, NOW - timedelta(seconds=1), NOW])
def test_a_meeting_is_not_moved_to_the_past_or_the_present_moment(forum, target):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run()

    with pytest.raises(Conflict, match="past"):
        move_meeting(forum.ports, meeting.id, target, forum.now)

    assert present(forum, meeting) == NOTHING_HAPPENED
    assert subjects(forum.run()) == ["Du har en plats"]


@pytest.mark.parametrize(
    "change",
    [
        lambda ports, name: move_meeting(ports, name, END + DAY, ports.clock.now()),
        lambda ports, name: cancel_meeting(ports, name, ports.clock.now()),
    ],
    ids=["moved", "cancelled"],
)
def test_what_is_over_is_neither_moved_nor_cancelled(forum, change):
    meeting = forum.meeting()
    forum.at(END)

    with pytest.raises(Conflict, match="ended"):
        change(forum.ports, meeting.id)

    assert present(forum, meeting) == NOTHING_HAPPENED


def test_an_unknown_meeting_is_neither_moved_nor_cancelled(forum):
    with pytest.raises(NotFound):
        move_meeting(forum.ports, "2026-9", START, forum.now)
    with pytest.raises(NotFound):
        cancel_meeting(forum.ports, "2026-9", forum.now)


def test_moved_to_where_it_is_nothing_is_sent(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run()

    move_meeting(forum.ports, meeting.id, START, forum.now)

    assert present(forum, meeting) == NOTHING_HAPPENED
    assert subjects(forum.run()) == ["Du har en plats"]


def test_a_running_meeting_can_still_be_moved_and_cancelled(forum):
    """The room does not open; the host gives up after ten minutes."""
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run().at(START + 10 * MINUTE)

    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.run()

    assert subjects(forum)[-1] == "Ny tid"
    assert "4 december" in text_of(forum.last_mail)


def test_moved_within_the_last_hour_one_mail_says_so_and_no_reminder_of_the_old_time_follows(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.travel(START - 40 * MINUTE)
    before = subjects(forum)
    assert before[-1] == "Vi ses om en timme"

    move_meeting(forum.ports, meeting.id, START + 3 * HOUR, forum.now)
    forum.travel(START + 4 * HOUR)

    assert subjects(forum)[len(before) :] == ["Ny tid", "Vi ses om en timme"]
    assert "15.10" in text_of(forum.mails[-2])
    assert "15.10" in text_of(forum.mails[-1])


def test_moved_nearer_within_the_last_hour_the_correction_is_the_reminder_too(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.travel(START - 3 * HOUR)
    before = len(subjects(forum))

    move_meeting(forum.ports, meeting.id, forum.now + 20 * MINUTE, forum.now)
    forum.travel(START)

    told = subjects(forum)[before:]
    assert told[0] == "Ny tid"
    assert len(told) <= 2, "at most the hour's reminder besides, whose time has come by the move"
    assert all("09.30" in text_of(mail) for mail in forum.mails[before:])


@pytest.mark.slow
def test_moved_while_its_correction_is_being_sent_everyone_ends_up_with_the_last_time(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 20)
    forum.later(seconds=1)
    move_meeting(forum.ports, meeting.id, START + 10 * DAY, forum.now)
    take, sent = type(forum.ports.mail).send, 0

    def move_again(self, mail):
        nonlocal sent
        take(self, mail)
        sent += 1
        if sent == 7:
            move_meeting(forum.ports, meeting.id, START + 20 * DAY, forum.later(seconds=3).now)

    monkeypatch.setattr(type(forum.ports.mail), "send", move_again)
    forum.run()

    stale = [mail for mail in forum.mails if entry(mail)[1].start == START + 10 * DAY]
    assert len(stale) == 7, "nothing stale leaves after the second move"
    assert len(forum.mails) == 7 + 20, "and nobody gets the second correction twice"
    last = {str(mail["To"]): entry(mail)[1].start for mail in forum.mails}
    assert list(last.values()) == [START + 20 * DAY] * 20


@pytest.mark.slow
def test_cancelled_while_a_reminder_is_being_sent_nobody_else_is_reminded_and_all_are_told(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 20)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    take, sent = type(forum.ports.mail).send, 0

    def cancel_in_between(self, mail):
        nonlocal sent
        take(self, mail)
        sent += 1
        if sent == 7:
            cancel_meeting(forum.ports, meeting.id, forum.later(seconds=3).now)

    monkeypatch.setattr(type(forum.ports.mail), "send", cancel_in_between)
    forum.run().travel(START + DAY)

    mails = [(str(mail["To"]), str(mail["Subject"]).split(":")[0]) for mail in forum.mails]
    told = [[subject for to, subject in mails if f"<person{number}@" in to] for number in range(20)]
    assert all(each[-1] == "Inställt" for each in told)
    assert sum(each == ["Vi ses i morgon", "Inställt"] for each in told) == 7
    assert sum(each == ["Inställt"] for each in told) == 13
    dropped = [page.outcome for page in forum.ports.store.query(AudiencePage, Query()) if page.reason == "reminder"]
    assert dropped == ["meeting_cancelled"]


def test_moved_then_cancelled_before_anything_left_only_the_cancellation_is_sent(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run().later(seconds=1)

    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    cancel_meeting(forum.ports, meeting.id, forum.later(seconds=1).now)
    forum.travel(START + 2 * DAY)

    assert subjects(forum) == ["Du har en plats", "Inställt"]


def test_a_cancelled_meeting_is_not_moved_back_to_life(forum):
    meeting = forum.meeting()
    cancel_meeting(forum.ports, meeting.id, forum.now)

    with pytest.raises(Conflict, match="cancelled"):
        move_meeting(forum.ports, meeting.id, START + DAY, forum.now)


def test_each_correction_has_a_higher_sequence_and_the_same_entry(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run()
    for days in (10, 20):
        forum.later(hours=1)
        move_meeting(forum.ports, meeting.id, START + days * DAY, forum.now)
        forum.run()
    forum.later(hours=1)
    cancel_meeting(forum.ports, meeting.id, forum.now)
    forum.run()

    entries = [entry(mail) for mail in forum.mails if calendar_of(mail)]
    assert [method for method, _ in entries] == ["PUBLISH", "PUBLISH", "PUBLISH", "CANCEL"]
    assert [int(event["SEQUENCE"]) for _, event in entries] == [0, 1, 2, 3]
    assert len({str(event["UID"]) for _, event in entries}) == 1
    assert [event.start for _, event in entries] == [START, START + 10 * DAY, START + 20 * DAY, START + 20 * DAY]
    stamps = [event["DTSTAMP"].dt for _, event in entries]
    assert stamps == sorted(set(stamps)), "later ones are newer"
    assert str(entries[-1][1]["STATUS"]) == "CANCELLED"


@pytest.mark.parametrize(
    ("start", "wall_clock"),
    [
        (datetime(2027, 3, 26, 11, 10, tzinfo=UTC), "12.10"),
        (datetime(2027, 3, 29, 10, 10, tzinfo=UTC), "12.10"),
        (datetime(2027, 10, 29, 10, 10, tzinfo=UTC), "12.10"),
        (datetime(2027, 11, 1, 11, 10, tzinfo=UTC), "12.10"),
    ],
)
def test_moved_across_a_clock_change_the_correction_tells_the_wall_clock_and_the_calendar_the_instant(
    forum, start, wall_clock
):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run().later(hours=1)

    move_meeting(forum.ports, meeting.id, start, forum.now)
    forum.run()

    assert wall_clock in text_of(forum.last_mail)
    assert entry(forum.last_mail)[1].start == start


def test_who_left_or_never_confirmed_is_not_told_of_a_move(forum):
    meeting = forum.meeting()
    left = forum.confirmed(meeting, "left@example.org")
    forum.sign_up(meeting, "pending@example.org")
    forum.run().later(hours=1)
    leave(forum.ports, left, forum.now)
    forum.run()
    before = len(forum.mails)

    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.run()

    assert len(forum.mails) == before


def test_who_confirms_after_a_move_reads_the_new_time_and_gets_no_correction(forum):
    meeting = forum.meeting()
    forum.later(hours=1)
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.later(seconds=1).confirmed(meeting)
    forum.run()

    assert subjects(forum) == ["Du har en plats"]
    assert "4 december" in text_of(forum.last_mail)
    assert int(entry(forum.last_mail)[1]["SEQUENCE"]) == 1


def test_a_confirmation_that_waits_when_its_meeting_is_cancelled_is_dropped_and_seen(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    cancel_meeting(forum.ports, meeting.id, forum.later(seconds=1).now)
    forum.run()

    assert subjects(forum) == ["Inställt"]
    messages = forum.ports.store.query(Message, Query(equal={"reason": "confirmed"}))
    assert [(each.state, each.outcome) for each in messages] == [(MessageState.DROPPED, "meeting_cancelled")]


def test_the_page_of_a_cancelled_meeting_says_so_and_offers_the_next_date(forum):
    meeting, following = forum.meeting(), forum.meeting(START + 90 * DAY)
    cancel_meeting(forum.ports, meeting.id, forum.now)

    page = forum.web("signup").get(f"/{meeting.id}?lang=en")
    assert page.status_code == 200
    assert CANCELLED_TEXT in page.text
    assert f"/signup/{following.id}" in page.text
    assert "<form" not in page.text
    assert "<s>" in page.text
    assert 'content="noindex"' in page.text
    assert "<title>Cancelled: Thursday 3 December 2026" in page.text
    assert "Thursday 3 December" not in forum.web("signup").get("/?lang=en").text, "the next one is shown instead"


def test_nobody_signs_up_for_a_cancelled_meeting_any_more(forum):
    meeting = forum.meeting()
    cancel_meeting(forum.ports, meeting.id, forum.now)

    answer = forum.web("signup").post(f"/{meeting.id}?lang=en", data=FORM)

    assert answer.status_code == 409
    assert CANCELLED_TEXT in answer.text
    assert forum.run().mails == []


def test_before_there_is_a_meeting_the_page_says_kindly_that_the_date_is_not_set(forum):
    for language, text in (("en", "The next date is not set yet."), ("sv", "Nästa datum är inte bestämt")):
        page = forum.web("signup").get(f"/?lang={language}")
        assert page.status_code == 200
        assert text in page.text
        assert 'action="http://localhost:8080/signup/next?' in page.text, "one may leave an address"


def test_the_page_of_a_moved_meeting_tells_from_where_it_moved(forum):
    meeting = forum.meeting()
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)

    page = forum.web("signup").get(f"/{meeting.id}?lang=en").text

    assert "Friday 4 December 2026" in page
    assert "3 December" in page
