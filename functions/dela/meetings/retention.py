"""What goes some time after its meeting, whatever room it belongs to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from dela.mailing.duty import DAILY, Duty
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Query, Scalar, Transaction
from dela.store.documents import Document, instant_text
from dela.store.keeping import After

AT_ONCE = 100


def erase_after_meetings(ports: Ports, now: datetime) -> int:
    """Erase what is older than its time, by what each document declares; answers how many documents."""
    shortest = min(_days(ports), default=0)
    erased = 0
    for meeting in _meetings_before(ports, now - timedelta(days=shortest)):
        if meeting.erased_at is None:
            _stop_counting(ports, meeting.id, now)
        for kind in ports.declared.documents:
            for rule in _passed(ports, kind, meeting, now):
                erased += erase_all(ports, kind, {"meeting": meeting.id, **rule.equal})
    return erased


def erase_all(ports: Ports, kind: type[Document], equal: Mapping[str, Scalar]) -> int:
    """Erase all documents of a kind that hold these values, some at a time; answers how many."""

    def work(store: Transaction) -> int:
        found = store.ids(kind, Query(equal=equal, limit=AT_ONCE))
        for id in found:
            store.delete(kind, id)
        return len(found)

    return until_none_left(ports, work)


def until_none_left(ports: Ports, work: Callable[[Transaction], int]) -> int:
    """Repeat a transaction until it finds nothing more; answers the sum of what it did."""
    total = 0
    while done := ports.store.transact(work):
        total += done
    return total


def _stop_counting(ports: Ports, id: str, now: datetime) -> None:
    """Note, before anybody is erased, that from now on fewer are there than were."""

    def work(store: Transaction) -> None:
        meeting = meeting_of(store, id)
        if any(_passed(ports, kind, meeting, now) for kind in ports.declared.documents):
            store.put(meeting.model_copy(update={"erased_at": now}))

    ports.store.transact(work)


def _passed(ports: Ports, kind: type[Document], meeting: Meeting, now: datetime) -> list[After]:
    """The rules whose time has come; one that takes everybody makes the others needless."""
    come = [each for each in kind.keeping.until if now - meeting.ends_at >= timedelta(days=each.days(ports.settings))]
    return [each for each in come if not each.equal][:1] or come


def _days(ports: Ports) -> set[int]:
    return {rule.days(ports.settings) for kind in ports.declared.documents for rule in kind.keeping.until}


def _meetings_before(ports: Ports, moment: datetime) -> Sequence[Meeting]:
    return ports.store.query(Meeting, Query(range_field="starts_at", below=instant_text(moment), limit=1000))


def _moments(ports: Ports, now: datetime) -> Iterator[datetime]:
    for meeting in ports.store.query(Meeting, Query(limit=1000)):
        yield from (meeting.ends_at + timedelta(days=days) for days in _days(ports))


ERASE_AFTER_MEETINGS = Duty(
    name="erase_after_meetings",
    rhythms=(DAILY,),
    irreversible=True,
    run=lambda ports, now: {"erased": erase_after_meetings(ports, now)},
    moments=_moments,
)
