"""How many seats of a meeting are taken, and which. It informs: what decides is who creates a seat (take_seat.py)."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from dela.attending.audiences import REGISTERED
from dela.attending.registration import Registration
from dela.attending.seat import Seat
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.store.contract import Query, Reader

AT_ONCE = 25
"""So many seats are looked at together: a look costs no more reads, however large the meeting is."""


def registered(store: Reader, meeting: str) -> int:
    """How many are registered for a meeting."""
    return store.count(Registration, Query(equal=REGISTERED.equal(meeting)))


def is_full(store: Reader, meeting: Meeting) -> bool:
    """Whether all seats are taken. Never ask in a transaction: it would have to wait for everybody who takes one."""
    return meeting.capacity is not None and registered(store, meeting.id) >= meeting.capacity


def free_numbers(store: Reader, meeting: Meeting, chance: Random) -> list[int]:
    """Some free seats of a meeting; none only if every one was seen taken. It looks at a part of them at a time."""
    for first, beyond in _parts(meeting.capacity or 0, chance):
        part = Query(equal={"meeting": meeting.id}, range_field="number", at_least=first, below=beyond, limit=AT_ONCE)
        taken = {seat.number for seat in store.query(Seat, part)}
        if len(taken) < beyond - first:
            return [number for number in range(first, beyond) if number not in taken]
    return []


def _parts(capacity: int, chance: Random) -> Iterator[tuple[int, int]]:
    """The numbers of all seats in parts, each as its first and the one beyond it, in an order left to chance."""
    parts = [(first, min(first + AT_ONCE, capacity + 1)) for first in range(1, capacity + 1, AT_ONCE)]
    chance.shuffle(parts)
    yield from parts


def next_with_a_seat(store: Reader, now: datetime, other_than: str) -> Meeting | None:
    """The first meeting that takes registrations and is not full, leaving out one id."""
    others = (meeting for meeting in open_meetings(store, now) if meeting.id != other_than)
    return next((meeting for meeting in others if not is_full(store, meeting)), None)
