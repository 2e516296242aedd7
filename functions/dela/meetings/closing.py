"""Closing meetings: what a meeting that is over leaves behind is written once, and survives its people."""

from collections.abc import Iterator
from datetime import datetime

from dela.mailing.duty import DAILY, QUARTER_HOURLY, Duty
from dela.mailing.wake import wake_planned
from dela.meetings.changes import NOTHING, Writes, consequences
from dela.meetings.meeting import Meeting, MeetingState, Phase
from dela.meetings.reading import LONGEST, forget_open_meetings, meeting_of
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
        if present.phase(now) is not Phase.ENDED:  # it was moved meanwhile
            return NOTHING
        writes = consequences(lambda room: room.ended, ports, store, present, now)
        if present.state is MeetingState.OPEN:
            store.put(present.model_copy(update={"state": MeetingState.CLOSED}))
        writes.write(store)
        return writes

    wake_planned(ports, ports.store.transact(work).create)
    forget_open_meetings(ports)


def reopen_meetings(ports: Ports, now: datetime) -> int:
    """Open every meeting again that a clock which was ahead has closed; answers how many.

    Once its people began to be erased it stays as it was counted: there is nobody to count anew.
    """
    query = Query(
        equal={"state": MeetingState.CLOSED}, range_field="starts_at", at_least=instant_text(now - LONGEST), limit=1000
    )
    return sum(_reopen(ports, each.id, now) for each in ports.store.query(Meeting, query) if now < each.ends_at)


def _reopen(ports: Ports, id: str, now: datetime) -> int:
    def work(store: Transaction) -> int:
        present = meeting_of(store, id)
        if present.state is not MeetingState.CLOSED or present.erased_at is not None or now >= present.ends_at:
            return 0
        store.put(present.model_copy(update={"state": MeetingState.OPEN}))
        return 1

    reopened = ports.store.transact(work)
    forget_open_meetings(ports)
    return reopened


def _ends(ports: Ports, now: datetime) -> Iterator[datetime]:
    for meeting in ports.store.query(Meeting, Query(limit=1000)):
        yield meeting.ends_at


CLOSE = Duty(
    name="close_meetings",
    rhythms=(QUARTER_HOURLY, DAILY),  # people are counted before they are erased
    irreversible=True,
    run=lambda ports, now: {"closed": close_meetings(ports, now)},
    moments=_ends,
)
REOPEN = Duty(
    name="reopen_meetings",
    rhythms=(QUARTER_HOURLY, DAILY),
    irreversible=False,
    run=lambda ports, now: {"reopened": reopen_meetings(ports, now)},
    moments=lambda ports, now: (),  # no time brings it about
)
