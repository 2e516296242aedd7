"""The number to dial: in every mail and calendar entry, before any press; a change corrects them as a move does."""

from datetime import timedelta

import icalendar
import pytest

from dela.meetings.run_meetings import cancel_meeting, set_room
from dela.parsed.telephone import ringing
from tests.support.forum import ROOM, START, calendar_of, html_of, text_of
from tests.support.visits import personal

PHONE, OTHER = "+46 10 555 01 00", "+46 10 555 02 00,,4711#"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "link"),
    [
        (PHONE, "tel:+46105550100"),
        ("063-555 01 00", "tel:0635550100"),
        ("+46 10 555 02 00,,4711#", "tel:+46105550200,,4711%23"),
        ("(010) 555*12", "tel:010555*12"),
    ],
)
def test_a_link_dials_what_is_typed_pauses_and_keys_too(number, link):
    assert ringing(number) == link


def entry(mail):
    (event,) = icalendar.Calendar.from_ical(calendar_of(mail).get_payload(decode=True)).walk("VEVENT")
    return event


def test_it_stands_in_the_confirmation_the_entry_and_each_reminder(forum):
    forum.confirmed(forum.meeting(), language="en")
    forum.travel(START)
    assert len(forum.mails) == 4
    for mail in forum.mails:
        assert PHONE in text_of(mail)
        assert 'href="tel:+46105550100"' in html_of(mail)
    assert PHONE in entry(forum.mails[0])["DESCRIPTION"]


def test_each_of_the_three_reminders_has_its_own_text_and_the_last_says_when_the_link_opens(forum):
    forum.confirmed(forum.meeting(), language="en")
    forum.travel(START)
    week, day, hour = (text_of(mail) for mail in forum.mails[1:])
    assert "Does it still suit you?" in week
    assert "take your coffee along" in day
    assert "opens at 11:55" in hour.partition("Your personal link")[0]
    assert [str(mail["Subject"]) for mail in forum.mails[1:]] == [
        "We meet in 7 days: Thursday 3 December, 12:10",
        "We meet tomorrow: Thursday 3 December, 12:10",
        "We meet in an hour: Thursday 3 December, 12:10",
    ]


def test_a_number_that_was_mailed_is_corrected_in_every_calendar_once(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting, language="en")
    forum.deliver().later(minutes=1)
    for _ in range(2):
        changed = set_room(forum.ports, meeting.id, ROOM, OTHER)
    forum.run()
    assert changed.sequence == meeting.sequence + 1
    assert len(forum.mails) == 2
    assert str(forum.last_mail["Subject"]) == "New number to dial: Thursday 3 December, 12:10"
    assert OTHER in text_of(forum.last_mail)
    assert 'href="tel:+46105550200,,4711%23"' in html_of(forum.last_mail)
    assert int(entry(forum.last_mail)["SEQUENCE"]) > int(entry(forum.mails[0])["SEQUENCE"])
    assert OTHER in str(entry(forum.last_mail)["DESCRIPTION"]).replace("\\", "")
    assert OTHER in forum.open(f"{personal(forum, 'join', id)}?lang=en").text


def test_a_number_that_goes_is_told_of_too(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting, language="en")
    forum.deliver().later(minutes=1)
    set_room(forum.ports, meeting.id, ROOM, "")
    forum.run()
    assert str(forum.last_mail["Subject"]) == "The number to dial is gone: Thursday 3 December, 12:10"
    assert "Dial in" not in text_of(forum.last_mail)


def test_another_room_or_a_first_number_corrects_nothing(forum):
    meeting = forum.meeting(room=False)
    forum.confirmed(meeting)
    forum.deliver().later(minutes=1)
    set_room(forum.ports, meeting.id, ROOM, PHONE)
    set_room(forum.ports, meeting.id, "https://meet.example.org/another")
    assert set_room(forum.ports, meeting.id, ROOM, PHONE).sequence == meeting.sequence
    assert len(forum.run().mails) == 1


def test_a_meeting_that_is_cancelled_or_over_corrects_nobody(forum):
    gone, held = forum.meeting(), forum.meeting(START + DAY)
    forum.confirmed(held)
    cancel_meeting(forum.ports, gone.id, forum.now)
    assert set_room(forum.ports, gone.id, ROOM, OTHER).sequence == 1
    forum.at(held.ends_at)
    assert set_room(forum.ports, held.id, ROOM, OTHER).sequence == 0
