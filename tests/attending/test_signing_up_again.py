"""Signing up again, as whoever one is by now: the answer is the same, and what is known stays as it is."""

from datetime import timedelta

import pytest

from dela.attending.confirm import confirm
from dela.attending.leave import leave
from dela.mailing.ledger import Message
from dela.store.contract import Query
from tests.support.forum import FORM, START, calendar_of

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ADDRESS = FORM["email"]
PAUSES = [timedelta(0), MINUTE, 11 * MINUTE, HOUR, 25 * HOUR]


def sequences(forum) -> list[tuple[str, int]]:
    """What the calendar entries of all mails so far say: method and SEQUENCE."""
    entries = [calendar_of(mail).get_payload(decode=True).decode() for mail in forum.mails if calendar_of(mail)]
    lines = [dict(line.split(":", 1) for line in entry.splitlines() if ":" in line) for entry in entries]
    return [(line["METHOD"], int(line["SEQUENCE"])) for line in lines]


@pytest.mark.parametrize("pause", PAUSES, ids=str)
def test_a_confirmed_person_who_signs_up_repeatedly_never_sees_a_conflict(forum, pause):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    client = forum.web("signup")

    for _ in range(7):
        forum.at(forum.now + pause)
        assert client.post("/", data=FORM).status_code == 303
        assert client.post("/", json=FORM).status_code == 202
        forum.deliver()

    assert forum.registration(id).confirmed


@pytest.mark.parametrize("pause", PAUSES, ids=str)
@pytest.mark.parametrize("state", ["pending", "left", "came back"])
def test_nobody_else_who_signs_up_repeatedly_sees_one_either(forum, state, pause):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    if state != "pending":
        confirm(forum.ports, id, forum.now)
        leave(forum.ports, id, forum.now)
    if state == "came back":
        forum.confirmed(meeting)

    for _ in range(7):
        forum.sign_up(meeting)
        forum.at(forum.now + pause).run()

    mails = {mail["Message-ID"] for mail in forum.mails}
    assert len(mails) == len(forum.mails)


def test_a_confirmed_person_gets_their_links_anew_after_each_pause_and_five_times_a_day(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.deliver()
    for _ in range(12):
        forum.later(minutes=11).sign_up(meeting)
        forum.deliver()

    told = [str(mail["Subject"]) for mail in forum.mails]
    assert len(told) == 5, "the first sign-up's mail counts, though it was overtaken by the confirmation"
    assert len(set(told[1:])) == 1


@pytest.mark.parametrize(("pause", "mails"), [(10 * MINUTE - SECOND, 1), (10 * MINUTE, 2)])
def test_the_pause_between_two_mails_is_ten_minutes(forum, pause, mails):
    meeting = forum.meeting()
    forum.sign_up(meeting)
    forum.deliver().at(forum.now + pause).sign_up(meeting)
    forum.deliver()

    assert len(forum.mails) == mails


@pytest.mark.parametrize(("after", "mails"), [(DAY - SECOND, 5), (DAY, 6)])
def test_the_sixth_mail_may_leave_a_day_after_the_first(forum, after, mails):
    meeting = forum.meeting()
    first = forum.now
    for _ in range(5):
        forum.sign_up(meeting)
        forum.deliver().later(minutes=11)
    forum.at(first + after).sign_up(meeting)
    forum.deliver()

    assert len(forum.mails) == mails


def test_a_repetition_that_sends_no_mail_neither_counts_as_one_nor_lets_a_registration_live_longer(forum):
    """Otherwise whoever types an address now and then would keep it stored for ever."""
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    signed_up = forum.now
    forum.deliver().later(minutes=9)
    forum.sign_up(meeting)

    assert forum.registration(id).attempt == 1
    assert forum.registration(id).expires_at == signed_up + 48 * HOUR
    forum.at(signed_up + 48 * HOUR + SECOND).run()
    assert forum.registration(id) is None


def test_a_repetition_that_sends_a_mail_gives_its_reader_48_hours(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.deliver().later(hours=40).sign_up(meeting)
    forum.deliver().later(hours=47)

    assert confirm(forum.ports, id, forum.now).confirmed


def test_each_mail_that_a_calendar_reads_is_newer_than_the_one_before_for_who_leaves_and_comes_back(forum):
    """Calendars pass over a cancellation or an entry that is not newer than what they hold (RFC 5546, 2.1.4)."""
    meeting = forum.meeting()
    for _ in range(3):
        id = forum.confirmed(meeting)
        forum.deliver().later(hours=1)
        leave(forum.ports, id, forum.now)
        forum.deliver().later(hours=1)

    told = sequences(forum)
    assert [method for method, _ in told] == ["PUBLISH", "CANCEL"] * 3
    numbers = [number for _, number in told]
    assert numbers == sorted(set(numbers))


def test_the_mail_that_asks_for_the_confirmation_is_of_use_until_the_meeting_is_over(forum):
    """A server that is away for two days must not cost a person their place."""
    meeting = forum.meeting()
    forum.sign_up(meeting)
    [message] = forum.ports.store.query(Message, Query())

    assert message.useful_until == START + 50 * MINUTE
