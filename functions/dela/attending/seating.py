"""Seating: everybody who is confirmed where seats are counted holds a seat of their own.

Taking one and giving it back keeps that up by itself. It has to be brought about where people were confirmed without:
by a release that knew no seats, or while the capacity was another.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import shuffle
from typing import TypeVar

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
from dela.store.documents import Document
from dela.store.identity import registration_id

D = TypeVar("D", bound=Document)

AT_ONCE = 300
PASSES = 10
"""What others do meanwhile may ask for another look."""


def settle(ports: Ports, meeting: Meeting) -> int:
    """Seat everybody who is confirmed and remember it (`Meeting.seated_for`); answers how many seats changed hands.

    Where more are confirmed than there are seats it does what it can, and whoever comes next is told that it is full.
    Any number of callers may do it at the same time, and stop anywhere: each step is true by itself.
    """
    changed = 0
    for _ in range(PASSES):
        look = _look(ports.store, meeting)
        if not look.misplaced and not look.left_behind:
            _remember(ports, meeting)
            break
        done = _put_right(ports.store, look)
        if not done and len(look.free) < len(look.misplaced):
            break
        changed += done
    return changed


def settle_seats(ports: Ports, now: datetime) -> int:
    """Settle every meeting to come whose seats don't fit its people; answers how many seats changed hands."""
    return sum(settle(ports, each) for each in open_meetings(ports.store, now) if not _fits(ports.store, each))


SETTLE_SEATS = Duty(
    name="settle_seats",
    rhythms=(DAILY,),
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


def _put_right(store: Store, look: _Look) -> int:
    """Clear and give what the look has found; answers how much of it this caller did."""
    # All who do this at once give the same seats to the same people, but each begins elsewhere: so they share the work.
    places = list(zip(look.misplaced, look.free, strict=False))
    shuffle(places)
    given = sum(_give(store, registration, number) for registration, number in places)
    return given + sum(_clear(store, seat) for seat in look.left_behind)


def _give(store: Store, seen: Registration, number: int) -> bool:
    """Give a seat to who holds none, or one with too high a number, unless that has changed."""

    def work(store: Transaction) -> bool:
        present = store.get(Registration, seen.id)
        if present is None or not present.confirmed or present.seat != seen.seat:
            return False
        old = None if present.seat is None else store.get(Seat, seat_id(present.meeting, present.seat))
        store.create(seat_of(present.meeting, number, present.person))
        store.put(present.model_copy(update={"seat": number}))
        if old is not None and old.person == present.person:
            store.delete(Seat, old.id)
        return True

    with suppress(Conflict):  # the seat has gone to somebody else
        return store.transact(work)
    return False


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
