"""Seating: everybody who is confirmed where seats are counted holds a seat of their own.

Taking one and giving it back keeps that up by itself. It has to be brought about where people were confirmed without:
by a release that knew no seats, or while the capacity was another.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from dela.attending.audiences import REGISTERED
from dela.attending.registration import Registration
from dela.attending.seat import Seat, seat_id, seat_of
from dela.attending.seats import registered
from dela.errors import Conflict
from dela.mailing.duty import DAILY, Duty
from dela.meetings.meeting import Meeting
from dela.meetings.reading import forget_open_meetings, meeting_of, open_meetings
from dela.ports import Ports
from dela.store.contract import Query, Reader, Store, Transaction
from dela.store.documents import Document, Instant
from dela.store.identity import registration_id
from dela.store.keeping import OfNobody

D = TypeVar("D", bound=Document)

AT_ONCE = 300
GIVEN_AT_ONCE = 25
SETTLING_TAKES = timedelta(seconds=30)
PASSES = 10
"""What others do meanwhile may ask for another look."""


class Settling(Document):
    """Somebody is settling the meeting of that id. Who finds one that is past its time takes it over."""

    collection: ClassVar[str] = "settlings"
    keeping = OfNobody()

    until: Instant


def settle(ports: Ports, meeting: Meeting) -> int | None:
    """Seat everybody who is confirmed and remember it (`Meeting.seated_for`); answers how many seats changed hands.

    Where more are confirmed than there are seats it does what it can. It may end anywhere and be done again. Only so
    that many who come at once don't wait for each other one of them does it: None tells the others that another does.
    """
    if not _begin(ports, meeting.id):
        return None
    try:
        return _settle(ports, meeting)
    finally:
        ports.store.transact(lambda store: store.delete(Settling, meeting.id))


def settle_seats(ports: Ports, now: datetime) -> int:
    """Settle every meeting to come whose seats don't fit its people; answers how many seats changed hands."""
    unfit = [each for each in open_meetings(ports.store, now) if not _fits(ports.store, each)]
    return sum(settle(ports, each) or 0 for each in unfit)


SETTLE_SEATS = Duty(
    name="settle_seats",
    rhythms=(DAILY,),
    irreversible=False,
    run=lambda ports, now: {"seated": settle_seats(ports, now)},
    moments=lambda ports, now: (),  # nobody waits for it: whoever wants a seat settles the meeting first
)


@dataclass(frozen=True, slots=True)
class _Look:
    """Who holds no seat of the meeting, which seats nobody sits in, and which numbers are free."""

    misplaced: list[Registration]
    left_behind: list[Seat]
    free: list[int]


def _look(store: Reader, meeting: Meeting) -> _Look:
    if meeting.capacity is None:
        return _Look([], [], [])
    people = list(_all(store, Registration, Query(equal=REGISTERED.equal(meeting.id), range_field="person")))
    seats = list(_all(store, Seat, Query(equal={"meeting": meeting.id}, range_field="number")))
    held, sat_in = {seat.id: seat.person for seat in seats}, {(each.seat, each.person) for each in people}
    beyond = meeting.capacity + 1

    def is_placed(each: Registration) -> bool:
        return each.seat is not None and each.seat < beyond and held.get(seat_id(meeting.id, each.seat)) == each.person

    return _Look(
        misplaced=[each for each in people if not is_placed(each)],
        left_behind=[seat for seat in seats if (seat.number, seat.person) not in sat_in],
        free=[number for number in range(1, beyond) if seat_id(meeting.id, number) not in held],
    )


def _begin(ports: Ports, meeting: str) -> bool:
    """Say that the meeting is being settled; False if somebody else has said so and may still be at it."""
    now = ports.clock.now()
    ours = Settling(id=meeting, until=now + SETTLING_TAKES)
    with suppress(Conflict):
        ports.store.create(ours)
        return True
    found = ports.store.get(Settling, meeting)
    if found is None or found.until > now:
        return False

    def take_over(store: Transaction) -> bool:
        if store.get(Settling, meeting) != found:
            return False
        store.put(ours)
        return True

    return ports.store.transact(take_over)


def _settle(ports: Ports, meeting: Meeting) -> int:
    changed = 0
    for _ in range(PASSES):
        if _is_done(ports.store, meeting):
            break
        look = _look(ports.store, meeting)
        if not look.misplaced and not look.left_behind:
            _remember(ports, meeting)
            break
        done = _put_right(ports.store, look)
        if not done and len(look.free) < len(look.misplaced):
            break
        changed += done
    return changed


def _put_right(store: Store, look: _Look) -> int:
    """Give and clear what the look has found; answers how many seats changed hands."""
    places = list(zip(look.misplaced, look.free, strict=False))
    parts = [places[start : start + GIVEN_AT_ONCE] for start in range(0, len(places), GIVEN_AT_ONCE)]
    return sum(_give(store, part) for part in parts) + sum(_clear(store, seat) for seat in look.left_behind)


def _give(store: Store, places: list[tuple[Registration, int]]) -> int:
    """Give seats to people who hold none, or one with too high a number, unless that has changed."""

    def work(store: Transaction) -> int:
        found = [(store.get(Registration, seen.id), seen.seat, number) for seen, number in places]
        moving = [(one, to) for one, seat, to in found if one is not None and one.confirmed and one.seat == seat]
        held = [store.get(Seat, seat_id(one.meeting, one.seat)) for one, _ in moving if one.seat is not None]
        for one, number in moving:
            store.create(seat_of(one.meeting, number, one.person))
            store.put(one.model_copy(update={"seat": number}))
        for old in held:
            if old is not None and any(old.person == one.person for one, _ in moving):
                store.delete(Seat, old.id)
        return len(moving)

    with suppress(Conflict):  # one of the seats has gone to somebody else: the next look will show it
        return store.transact(work)
    return 0


def _clear(store: Store, seen: Seat) -> bool:
    """Give a seat back in which nobody sits, unless that has changed."""

    def work(store: Transaction) -> bool:
        seat = store.get(Seat, seen.id)
        holder = store.get(Registration, registration_id(seen.meeting, seen.person))
        if seat != seen or (holder is not None and holder.confirmed and holder.seat == seen.number):
            return False
        store.delete(Seat, seen.id)
        return True

    return store.transact(work)


def _is_done(store: Reader, meeting: Meeting) -> bool:
    """Whether another caller has brought about what this one was called for."""
    present = meeting_of(store, meeting.id)
    return present.seated_for == present.capacity and present != meeting


def _remember(ports: Ports, meeting: Meeting) -> None:
    """Note in the meeting for which capacity its people are seated, unless that has changed."""
    if meeting.seated_for == meeting.capacity:
        return

    def work(store: Transaction) -> None:
        present = meeting_of(store, meeting.id)
        if (present.capacity, present.seated_for) == (meeting.capacity, meeting.seated_for):
            store.put(present.model_copy(update={"seated_for": meeting.capacity}))

    ports.store.transact(work)
    forget_open_meetings(ports)


def _fits(store: Reader, meeting: Meeting) -> bool:
    if meeting.capacity is None or meeting.seated_for != meeting.capacity:
        return meeting.seated_for == meeting.capacity
    return registered(store, meeting.id) == store.count(Seat, Query(equal={"meeting": meeting.id}))


def _all(store: Reader, kind: type[D], query: Query) -> Iterator[D]:
    last: D | None = None
    while found := store.query(kind, Query(query.equal, query.range_field, limit=AT_ONCE, after=last)):
        yield from found
        last = found[-1]
