"""A meeting: when it is, whether it still is, and when its room may be entered."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from dela.settings import ATTENDEES_ENTER_MINUTES
from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody

OPENS_BEFORE = timedelta(minutes=ATTENDEES_ENTER_MINUTES)
"""How long before the start the room opens for attendees (docs/rules.md, "The times of a meeting")."""
LOOKS_AGAIN_BEFORE = timedelta(minutes=90)
"""From when on the join page looks again by itself."""


class MeetingState(StrEnum):
    """What a meeting is, apart from its time. Closed means that it was counted: whether it is over, its time says."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Phase(StrEnum):
    """Where a moment lies, seen from a meeting."""

    BEFORE = "before"
    ROOM_OPEN = "room_open"
    RUNNING = "running"
    ENDED = "ended"


class Meeting(Document):
    """One online meeting. `sequence` rises with each move or cancellation, as calendars need it (RFC 5546).

    `changed_at` is the time of the last change that a calendar shows. `moved_at` and `moved_from` tell of the last
    move. `capacity` is how many may register, None for everybody; `seated_for` is the capacity for which all who are
    confirmed were last known to hold a seat (attending/seating.py). `erased_at` is when its people began to be erased:
    from then on it is not counted any more. `room_url` and `phone` are secret until someone presses the join button;
    they may change at any time.
    """

    collection: ClassVar[str] = "meetings"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("state", "starts_at"),)
    keeping = OfNobody(because="the telephone number is the room's")

    starts_at: Instant
    minutes: int
    state: MeetingState = MeetingState.OPEN
    sequence: int = 0
    created_at: Instant
    changed_at: Instant
    moved_at: Instant | None = None
    moved_from: Instant | None = None
    erased_at: Instant | None = None
    capacity: int | None = None
    seated_for: int | None = None
    room_url: str = ""
    phone: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it ends, in UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def opens_at(self) -> datetime:
        """When its room opens for attendees, in UTC."""
        return self.starts_at - OPENS_BEFORE

    @property
    def cancelled(self) -> bool:
        """Whether it has been called off."""
        return self.state is MeetingState.CANCELLED

    def phase(self, now: datetime) -> Phase:
        """Where `now` lies; the start belongs to the meeting, the end does not."""
        if now < self.opens_at:
            return Phase.BEFORE
        if now < self.starts_at:
            return Phase.ROOM_OPEN
        return Phase.RUNNING if now < self.ends_at else Phase.ENDED

    def takes_registrations(self, now: datetime) -> bool:
        """Whether one may still sign up: until its end, as long as it is not cancelled."""
        return not self.cancelled and now < self.ends_at

    def shows_agenda(self, now: datetime) -> bool:
        """From the start on, and not one second earlier (docs/rules.md, "The surprise")."""
        return not self.cancelled and now >= self.starts_at
