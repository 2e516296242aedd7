"""The calendar file: right on every wall clock, and telling nothing but the reader's own."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dela.meetings.calendar_file import calendar_file
from dela.meetings.meeting import Meeting
from dela.web import dates
from tests.mailing.letters import MEETING, MOVED, forum_settings
from tests.support.forum import NOW, ROOM, START

JOIN = "http://localhost:8080/join/2026-1.abc.token"
ZONES = [
    "Europe/Stockholm",
    "Europe/Helsinki",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
]
CHANGES = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2028, 2, 29),
    date(2026, 4, 5),
]


def made(meeting=MEETING, language="sv", method="PUBLISH", sequence=0, **told):
    data = calendar_file(meeting, forum_settings(**told), language, JOIN, method=method, sequence=sequence)
    calendar = icalendar.Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    return data, calendar, event


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_entry_has_the_meeting_an_alarm_and_the_readers_own_link_and_nobody_else(language):
    data, calendar, event = made(language=language)
    assert (calendar["VERSION"], calendar["METHOD"], calendar["CALSCALE"]) == ("2.0", "PUBLISH", "GREGORIAN")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + timedelta(minutes=50))
    assert (str(event["URL"]), str(event["LOCATION"])) == (JOIN, JOIN)
    assert JOIN in str(event["DESCRIPTION"])
    (alarm,) = event.walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", -timedelta(minutes=15))
    assert not {"ATTENDEE", "ORGANIZER", "CONTACT", "COMMENT"} & set(event)
    assert ROOM.encode() not in data
    assert b"@example.org" not in data


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_lines_are_short_and_end_as_the_standard_says(language, method):
    data, _, _ = made(
        language=language, method=method, name="Företagsforum i Jämtland Härjedalen för alla som vill lära"
    )
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert data.replace(b"\r\n", b"").count(b"\n") == data.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in data.split(b"\r\n")) <= 75


def test_the_same_meeting_is_the_same_file_and_the_uid_stays_through_moves_and_languages():
    assert made()[0] == made()[0]
    entries = [
        made(language="en")[2],
        made(MOVED)[2],
        made(method="CANCEL")[2],
        made(base_url="https://new.example")[2],
    ]
    assert {str(entry["UID"]) for entry in entries} == {str(made()[2]["UID"])}
    assert made(MEETING.model_copy(update={"id": "2026-2"}))[2]["UID"] != made()[2]["UID"]


def test_dtstamp_is_when_the_meeting_changed_last_so_that_a_repeated_mail_is_the_same_mail():
    later = MEETING.model_copy(update={"changed_at": NOW + timedelta(hours=3)})
    assert made()[2]["DTSTAMP"].dt == NOW
    assert made(later)[2]["DTSTAMP"].dt == NOW + timedelta(hours=3)


def test_a_cancellation_has_the_method_and_the_status_and_no_link_or_alarm():
    data, calendar, event = made(method="CANCEL", sequence=4)
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 4)
    assert not event.walk("VALARM")
    assert JOIN.encode() not in data.replace(b"\r\n ", b"")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    day=st.one_of(
        st.sampled_from(CHANGES).flatmap(lambda day: st.integers(-2, 2).map(lambda off: day + timedelta(days=off))),
        st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    ),
    at=st.one_of(
        st.just(time(12, 10)), st.times().map(lambda each: each.replace(second=0, microsecond=0, tzinfo=None))
    ),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(5, 480),
)
@example(date(2026, 3, 29), time(12, 10), "Europe/Stockholm", 50)
@example(date(2026, 10, 25), time(2, 30), "Europe/Stockholm", 50)
def test_civil_time_is_civil_time_in_file_and_words_on_both_sides_of_every_clock_change(day, at, zone, minutes):
    """12:10 is at 12:10 in its zone; a time that a change skips does not exist, and none such is planned."""
    tz = ZoneInfo(zone)
    start = datetime.combine(day, at, tz).astimezone(UTC)
    local = start.astimezone(tz)
    if local.replace(tzinfo=None) != datetime.combine(day, at):
        return
    meeting = Meeting(id="2026-1", starts_at=start, minutes=minutes, created_at=NOW, changed_at=NOW)
    _, _, event = made(meeting)
    shown = event["DTSTART"].dt
    assert shown == start
    assert shown.utcoffset() == timedelta(0), "UTC needs no table of zones in the reader's calendar"
    assert shown.astimezone(tz).replace(tzinfo=None) == datetime.combine(day, at)
    assert event["DTEND"].dt - shown == timedelta(minutes=minutes)
    assert dates.clock(start, "en", zone) == f"{at:%H:%M}"
    assert dates.clock(start, "sv", zone) == f"{at:%H.%M}"
    assert f"{day.day} " in dates.day(start, "en", zone)
    assert str(day.year) in dates.day(start, "sv", zone)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
@example("A;B,C\\D\nE")
@example("BEGIN:VEVENT\r\nATTENDEE:x@y.z")
@example("ä" * 120)
def test_whatever_the_forum_is_called_the_file_holds_one_entry_and_no_other_line(name):
    data, calendar, event = made(name=name)
    assert len(calendar.subcomponents) == 1
    assert set(event) == set(made()[2])
    assert max(len(line) for line in data.split(b"\r\n")) <= 75


def test_whose_clocks_are_meant_is_said_only_to_who_may_live_by_others():
    assert dates.zone_words("sv", "sv", "Europe/Stockholm") == ""
    assert dates.zone_words("en", "sv", "Europe/Stockholm") == "Swedish time"
    assert dates.zone_words("sv", "fi", "Europe/Stockholm") == "svensk tid"
    assert "Finland" in dates.zone_words("en", "fi", "Europe/Helsinki")


def test_the_clock_goes_back_while_a_meeting_runs_and_its_length_stays():
    """On 25 October 2026 a meeting from 02:30 summer time runs 50 minutes, until 02:20 winter time."""
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert dates.hours(start, 50, "en", "Europe/Stockholm") == "02:30–02:20"
