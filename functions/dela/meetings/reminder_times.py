"""When reminders are due, for whom, and until when they are of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dela.meetings.civil import civil_before
from dela.meetings.meeting import Meeting

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of a meeting: due at a time (UTC), of use until another, known by its occurrence."""

    occurrence: str
    due_at: datetime
    useful_until: datetime


def reminders_of(meeting: Meeting, offsets: Sequence[timedelta], zone: ZoneInfo) -> list[Reminder]:
    """The reminders of a meeting in order of time; `offsets` are sorted, the longest first.

    A reminder is of use until the next one is due, the last one until the start (indico/indico#4893: none for what
    has passed). If the meeting moved nearer, one whose time had passed already goes at once (espocrm/espocrm#3704);
    if it moved further away, such a one is left out, since the correction told the new time.
    """
    if meeting.cancelled:
        return []
    dues = [civil_before(meeting.starts_at, offset, zone) for offset in offsets]
    ends = [*dues[1:], meeting.starts_at]
    reminders = []
    for offset, due, end in zip(offsets, dues, ends, strict=True):
        effective = _after_a_move(meeting, due)
        if effective is not None and effective < end:
            reminders.append(Reminder(_occurrence(meeting, offset, zone), effective, end))
    return reminders


def _after_a_move(meeting: Meeting, due: datetime) -> datetime | None:
    if meeting.moved_at is None or meeting.moved_from is None or due >= meeting.moved_at:
        return due
    return meeting.moved_at if meeting.starts_at < meeting.moved_from else None


def _occurrence(meeting: Meeting, offset: timedelta, zone: ZoneInfo) -> str:
    """The offset and what it is for: the day, or for less than a day the minute, on the forum's wall clock.

    A meeting that moves within its day is not announced a day before for a second time; an hour before, it is.
    """
    local = meeting.starts_at.astimezone(zone)
    target = f"{local:%Y%m%d}" if offset >= DAY else f"{local:%Y%m%dT%H%M}"
    return f"{int(offset.total_seconds()) // 60}m@{target}"
