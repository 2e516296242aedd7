"""Reading meetings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from dela.errors import NotFound
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.settings import Settings
from dela.store.contract import Query, Reader
from dela.store.documents import instant_text

LONGEST = timedelta(hours=8)
"""No meeting is longer (settings.minutes): one that started earlier than this ago is over."""


def open_meetings(store: Reader, now: datetime, limit: int = 12) -> list[Meeting]:
    """The meetings that take registrations at `now`, in order of time: by their time, not by whether one was closed."""
    return list(islice(_taking_registrations(store, now, limit), limit))


def _taking_registrations(store: Reader, now: datetime, at_once: int) -> Iterator[Meeting]:
    last: Meeting | None = None
    while True:
        since = instant_text(now - LONGEST)
        found = store.query(Meeting, Query(range_field="starts_at", at_least=since, limit=at_once, after=last))
        yield from (meeting for meeting in found if meeting.takes_registrations(now))
        if len(found) < at_once:
            return
        last = found[-1]


class _Kept:
    """The open meetings as they were when somebody last looked: to ask costs more than the rest of a page."""

    def __init__(self, settings: Settings) -> None:
        self.seen: tuple[int, tuple[Meeting, ...]] | None = None


def kept_open_meetings(ports: Ports, now: datetime) -> tuple[Meeting, ...]:
    """The open meetings, as they were at most a second ago: a page may be a moment old, what decides reads anew.

    What this process has changed is seen at once (`forget_open_meetings`).
    """
    kept, second = ports.once(_Kept), int(now.timestamp())
    seen = kept.seen
    if seen is None or seen[0] != second:
        kept.seen = seen = second, tuple(open_meetings(ports.store, now))
    return seen[1]


def forget_open_meetings(ports: Ports) -> None:
    """Have them read anew. Whoever has changed a meeting calls it, after the commit."""
    ports.once(_Kept).seen = None


def meeting_of(store: Reader, id: str) -> Meeting:
    """The meeting of that id. Raises NotFound."""
    meeting = store.get(Meeting, id)
    if meeting is None:
        raise NotFound(f"no meeting {id}")
    return meeting


def next_meeting(store: Reader, now: datetime, other_than: str | None = None) -> Meeting | None:
    """The first meeting that takes registrations, leaving out one id."""
    return next((meeting for meeting in open_meetings(store, now, 3) if meeting.id != other_than), None)
