"""Reading meetings, and the seats they have."""

from datetime import datetime, timedelta

from dela.attending.registration import Registration, RegistrationState
from dela.errors import NotFound
from dela.meetings.meeting import Meeting, MeetingState
from dela.store.contract import Query, Reader
from dela.store.documents import instant_text

LONGEST = timedelta(hours=8)
"""No meeting is longer (settings.minutes): one that started earlier than this ago is over."""


def open_meetings(store: Reader, now: datetime, limit: int = 12) -> list[Meeting]:
    """The meetings that take registrations at `now`, in order of time."""
    query = Query(
        equal={"state": MeetingState.OPEN},
        range_field="starts_at",
        at_least=instant_text(now - LONGEST),
        limit=limit,
    )
    return [meeting for meeting in store.query(Meeting, query) if meeting.takes_registrations(now)]


def meeting_of(store: Reader, id: str) -> Meeting:
    """The meeting of that id. Raises NotFound."""
    meeting = store.get(Meeting, id)
    if meeting is None:
        raise NotFound(f"no meeting {id}")
    return meeting


def next_meeting(store: Reader, now: datetime, other_than: str | None = None) -> Meeting | None:
    """The first meeting that takes registrations, leaving out one id."""
    return next((meeting for meeting in open_meetings(store, now, 3) if meeting.id != other_than), None)


def next_with_a_seat(store: Reader, now: datetime, other_than: str) -> Meeting | None:
    """The first meeting that takes registrations and is not full, leaving out one id."""
    others = (meeting for meeting in open_meetings(store, now) if meeting.id != other_than)
    return next((meeting for meeting in others if not is_full(store, meeting)), None)


def is_full(store: Reader, meeting: Meeting) -> bool:
    """Whether all seats are taken. Inside a transaction this decides; outside it informs."""
    if meeting.capacity is None:
        return False
    return store.count(Registration, confirmed_of(meeting.id)) >= meeting.capacity


def confirmed_of(meeting: str) -> Query:
    """The query for a meeting's confirmed registrations."""
    return Query(equal={"meeting": meeting, "state": RegistrationState.CONFIRMED})
