"""The seats of a meeting: who is registered takes one."""

from datetime import datetime

from dela.attending.audiences import REGISTERED
from dela.attending.registration import Registration
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.store.contract import Query, Reader


def registered(store: Reader, meeting: str) -> int:
    """How many are registered for a meeting."""
    return store.count(Registration, Query(equal=REGISTERED.equal(meeting)))


def is_full(store: Reader, meeting: Meeting) -> bool:
    """Whether all seats are taken. Inside a transaction this decides; outside it informs."""
    return meeting.capacity is not None and registered(store, meeting.id) >= meeting.capacity


def next_with_a_seat(store: Reader, now: datetime, other_than: str) -> Meeting | None:
    """The first meeting that takes registrations and is not full, leaving out one id."""
    others = (meeting for meeting in open_meetings(store, now) if meeting.id != other_than)
    return next((meeting for meeting in others if not is_full(store, meeting)), None)
