"""Taking a seat: the store decides by letting one of many create it; what is counted or listed beforehand informs.

See docs/decisions/0011-seats.md.
"""

from collections.abc import Callable
from random import Random, uniform
from time import sleep
from typing import TypeVar

from dela.attending.seat import Seat, seat_of
from dela.attending.seating import settle
from dela.attending.seats import free_numbers, is_full
from dela.attending.standing import Closed
from dela.errors import Conflict, TemporaryFailure
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Transaction

R = TypeVar("R")

TRIES = 30
"""Each loss means that somebody else has got a seat: so many in a row are no bad luck any more."""
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 1.0


class Search:
    """What somebody who wants a seat has found out so far: which number to try where, and which meetings are full."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._full: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._losses = self._pauses = 0
        self.tried: tuple[Meeting, str] | None = None

    def found_full(self, meeting: Meeting) -> bool:
        """Whether this meeting has been looked at and had no seat: one that nobody has looked at is tried first."""
        return meeting.id in self._full or meeting.capacity == 0

    def seat_at(self, meeting: Meeting, person: str) -> Seat | None:
        """The seat to create for a person; None where seats are not counted. Raises Unsettled."""
        if meeting.seated_for != meeting.capacity:
            raise Unsettled(meeting)
        if meeting.capacity is None:
            return None
        self.tried = meeting, person
        own = self._chance(person).randint(1, meeting.capacity)
        number = self._numbers.get(meeting.id, own)
        return seat_of(meeting.id, number if number <= meeting.capacity else own, person)

    def lost(self, meeting: Meeting, person: str) -> None:
        """After somebody else was first, look which seats are free; who loses again waits a little before."""
        if self._losses:
            self._pause()
        self._losses += 1
        if self._refused(meeting):
            return
        chance = self._chance(person)
        free = free_numbers(self._ports.store, meeting, chance)
        if free:
            self._numbers[meeting.id] = chance.choice(free)
        else:
            self.settle(meeting)

    def settle(self, meeting: Meeting) -> None:
        """Have everybody who is confirmed hold a seat, unless there are too many of them for one more."""
        if not self._refused(meeting) and settle(self._ports, meeting) is None:
            self._pause()

    def _pause(self) -> None:
        """Wait for a while, which varies and grows."""
        sleep(uniform(0, min(FIRST_PAUSE_SECONDS * 2**self._pauses, LONGEST_PAUSE_SECONDS)))  # noqa: S311
        self._pauses += 1

    def _refused(self, meeting: Meeting) -> bool:
        full = is_full(self._ports.store, meeting)
        if full:
            self._full.add(meeting.id)
        return full

    def _chance(self, person: str) -> Random:
        """Spreads people over the seats: each begins somewhere else, and elsewhere after each loss."""
        return Random(f"{person} {self._losses}")  # noqa: S311


class Unsettled(Exception):
    """It is not known that everybody who is confirmed at this meeting holds one of its seats."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(meeting.id)
        self.meeting = meeting


def with_a_seat(ports: Ports, work: Callable[[Transaction, Search], R]) -> R:
    """Run `work`, which may take a seat that it gets from the Search, in a transaction, until that seat is free.

    Raises what `work` raises, and TemporaryFailure if others were always first.
    """
    search = Search(ports)
    for _ in range(TRIES):
        search.tried = None
        try:
            return ports.store.transact(lambda store: work(store, search))
        except Unsettled as unsettled:
            search.settle(unsettled.meeting)
        except Closed:
            raise
        except Conflict:
            if search.tried is None:
                raise
            search.lost(*search.tried)
    raise TemporaryFailure("too many want a seat at the same time")
