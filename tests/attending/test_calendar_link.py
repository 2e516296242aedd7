"""The calendar file behind its link: the meeting as it is now."""

from datetime import timedelta

import icalendar
import pytest

from dela.attending.leave import leave
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from tests.support.forum import ROOM, START
from tests.support.visits import personal

DAY = timedelta(days=1)


@pytest.fixture
def anna(forum):
    return forum.confirmed(forum.meeting())


def opened(forum, id):
    answer = forum.open(personal(forum, "calendar", id))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dela.ics"'
    calendar = icalendar.Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    assert answer.content_type == f"text/calendar; charset=utf-8; method={calendar['METHOD']}"
    return calendar["METHOD"], event


def test_the_file_holds_the_meeting_and_the_readers_own_link(forum, anna):
    method, event = opened(forum, anna)
    assert method == "PUBLISH"
    assert event["DTSTART"].dt == START
    assert event["DTEND"].dt == START + timedelta(minutes=50)
    assert forum.open(str(event["URL"])).status_code == 200
    assert str(event["LOCATION"]) == str(event["URL"])
    assert "ATTENDEE" not in event
    assert "ORGANIZER" not in event
    assert ROOM not in event.to_ical().decode()


def test_it_follows_a_move_and_a_cancellation_with_the_same_uid_and_a_higher_sequence(forum, anna):
    _, first = opened(forum, anna)
    move_meeting(forum.ports, "2026-1", START + DAY, forum.later(hours=1).now)
    method, moved = opened(forum, anna)
    assert (method, moved["DTSTART"].dt) == ("PUBLISH", START + DAY)
    cancel_meeting(forum.ports, "2026-1", forum.later(hours=1).now)
    method, cancelled = opened(forum, anna)
    assert (method, cancelled["STATUS"]) == ("CANCEL", "CANCELLED")
    assert first["UID"] == moved["UID"] == cancelled["UID"]
    assert first["SEQUENCE"] < moved["SEQUENCE"] < cancelled["SEQUENCE"]


def test_leaving_and_coming_back_each_make_a_newer_entry_than_the_one_before(forum, anna):
    """Calendars pass over what is not newer (RFC 5546): else who left stays booked, or who returned stays out."""
    seen = [opened(forum, anna)]
    for _ in range(2):
        leave(forum.ports, anna, forum.later(hours=1).now)
        seen.append(opened(forum, anna))
        forum.confirmed(forum.present_meeting("2026-1"))
        seen.append(opened(forum, anna))
    assert [method for method, _ in seen] == ["PUBLISH", "CANCEL", "PUBLISH", "CANCEL", "PUBLISH"]
    sequences = [event["SEQUENCE"] for _, event in seen]
    assert sequences == sorted(set(sequences))
    assert len({event["UID"] for _, event in seen}) == 1


def test_the_mails_carry_the_same_entry_as_the_link(forum, anna):
    from tests.support.forum import calendar_of

    forum.deliver()
    _, shown = opened(forum, anna)
    (mailed,) = icalendar.Calendar.from_ical(calendar_of(forum.last_mail).get_payload(decode=True)).walk("VEVENT")
    for name in ("UID", "SEQUENCE", "DTSTART", "DTEND", "DTSTAMP", "SUMMARY"):
        assert mailed[name] == shown[name] or mailed[name].dt == shown[name].dt
    leave(forum.ports, anna, forum.later(hours=1).now)
    forum.deliver()
    _, shown = opened(forum, anna)
    (left,) = icalendar.Calendar.from_ical(calendar_of(forum.last_mail).get_payload(decode=True)).walk("VEVENT")
    assert left["SEQUENCE"] == shown["SEQUENCE"] > mailed["SEQUENCE"]


def test_who_has_not_confirmed_or_was_erased_gets_no_entry(forum, anna):
    pending = forum.sign_up(forum.present_meeting("2026-1"), "other@example.org")
    assert opened(forum, pending)[0] == "CANCEL"
    from dela.attending.own_data import erase

    url = personal(forum, "calendar", anna)
    erase(forum.ports, anna)
    assert forum.open(url).status_code == 404
