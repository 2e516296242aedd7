"""The calendar file of a meeting: one entry, the reader's own link, nobody else in it."""

from datetime import timedelta
from hashlib import sha256

from dela.mailing.kinds import Method
from dela.meetings.meeting import Meeting
from dela.settings import ATTENDEES_ENTER_MINUTES, Settings
from dela.web.language import translations

ALARM = timedelta(minutes=15)


def calendar_file(
    meeting: Meeting,
    settings: Settings,
    language: str,
    join_url: str,
    *,
    method: Method,
    sequence: int,
    role: str = "",
    opens_minutes: int = ATTENDEES_ENTER_MINUTES,
) -> bytes:
    """The meeting as iCalendar (RFC 5545) for a method of RFC 5546.

    PUBLISH informs, CANCEL takes it out again: same UID, and the SEQUENCE of the reader's entry. Times are in UTC,
    which every calendar shows on its reader's wall clock, right on both sides of a clock change without a table of
    zones. Who has a `role` has an entry of their own, beside the one that they may have as an attendee.
    """
    from icalendar import Alarm, Calendar, Event

    _ = translations(language).gettext
    event = Event()
    event.add("uid", f"{'-'.join(filter(None, (meeting.id, role)))}@{_forum_id(settings)}")
    event.add("sequence", sequence)
    event.add("dtstamp", meeting.changed_at.replace(microsecond=0))
    event.add("last-modified", meeting.changed_at.replace(microsecond=0))
    event.add("created", meeting.created_at.replace(microsecond=0))
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", _("{name}: {minutes} minutes to share").format(name=settings.name, minutes=meeting.minutes))
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    if method == "CANCEL":
        event.add("status", "CANCELLED")
    else:
        event.add("status", "CONFIRMED")
        event.add("location", join_url)
        event.add("url", join_url)
        event.add("description", _way_in(language, opens_minutes).format(url=join_url))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", settings.name)
        alarm.add("trigger", -ALARM)
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Dela//Dela//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add("x-wr-timezone", settings.time_zone)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _way_in(language: str, minutes: int) -> str:
    catalogue = translations(language)
    if minutes == ATTENDEES_ENTER_MINUTES:
        return catalogue.gettext("Your own way in, from 15 minutes before the start: {url}")
    text = catalogue.gettext("Your own way in as a speaker, from {minutes} minutes before the start: {url}")
    return text.replace("{minutes}", str(minutes))


def _forum_id(settings: Settings) -> str:
    """What makes this forum's entries its own, and stays when its address changes."""
    return f"{sha256(f'calendar {settings.identity_key}'.encode()).hexdigest()[:16]}.dela"
