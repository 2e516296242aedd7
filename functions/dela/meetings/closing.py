"""Closing meetings: what a meeting that is over leaves behind is written once, and survives its people."""

from collections.abc import Iterator
from datetime import datetime

from dela.mailing.duty import DAILY, QUARTER_HOURLY, Duty
from dela.mailing.wake import wake_planned
from dela.meetings.changes import Writes, consequences
from dela.meetings.meeting import Meeting, MeetingState, Phase
from dela.meetings.reading import forget_open_meetings, meeting_of
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text


def close_meetings(ports: Ports, now: datetime) -> int:
    """Close every open meeting that has ended; answers how many."""
    query = Query(equal={"state": MeetingState.OPEN}, range_field="starts_at", below=instant_text(now))
    ended = [each for each in ports.store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    for meeting in ended:
        close_meeting(ports, meeting, now)
    return len(ended)


def close_meeting(ports: Ports, meeting: Meeting, now: datetime) -> None:
    """Close one meeting that has ended; a second time changes nothing. A cancelled one stays cancelled.

    What the rooms write is asked for where it is decided: a second caller must not count those whom the first erased.
    """

    def work(store: Transaction) -> Writes:
        present = meeting_of(store, meeting.id)
        writes = consequences(lambda room: room.ended, ports, store, present, now)
        if present.state is MeetingState.OPEN:
            store.put(present.model_copy(update={"state": MeetingState.CLOSED}))
        writes.write(store)
        return writes

    wake_planned(ports, ports.store.transact(work).create)
    forget_open_meetings(ports)


def _ends(ports: Ports, now: datetime) -> Iterator[datetime]:
    for meeting in ports.store.query(Meeting, Query(limit=1000)):
        yield meeting.ends_at


CLOSE = Duty(
    name="close_meetings",
    rhythms=(QUARTER_HOURLY, DAILY),  # people are counted before they are erased
    run=lambda ports, now: {"closed": close_meetings(ports, now)},
    moments=_ends,
)
