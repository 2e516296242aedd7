"""No sequence of what people, operators and crashes do loses a seat, leaves one with nobody, or sells one twice.

Hypothesis makes up the sequences, the same in every run, and prints the shortest one that breaks a rule.
DELA_SEQUENCES=1000 tries so many others.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.own_data import erase
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seat import Seat
from dela.attending.seating import settle_seats
from dela.attending.standing import Closed, Standing
from dela.errors import Conflict, Expired, NotFound
from dela.meetings.meeting import Meeting
from dela.store.contract import Query
from dela.store.identity import person_id, registration_id
from dela.store.sqlite import SqliteStore
from tests.support.forum import START, Forum
from tests.support.watched import Killed

MORE = int(os.environ.get("DELA_SEQUENCES", "0"))
PEOPLE = st.integers(0, 5)
CAPACITIES = st.sampled_from([2, 1, 3, 2, 5, None])


class DyingStore(SqliteStore):
    """Runs each transaction's work twice, and ends its process before or after one of them when told to."""

    left: int | None = None
    before = True
    dead = False

    def transact(self, work):
        if self.dead:
            raise Killed
        self.left = None if self.left is None else self.left - 1
        dies, self.left = self.left == 0, None if self.left == 0 else self.left
        self.dead = dies
        if dies and self.before:
            raise Killed
        result = super().transact(work)
        if dies:
            raise Killed
        return result


class SeatSequences(RuleBasedStateMachine):
    """Whatever may happen to two meetings and six people."""

    @initialize(capacity=CAPACITIES, older=st.integers(0, 4))
    def a_forum(self, capacity: int | None, older: int) -> None:
        """Of a meeting of an older release, who is confirmed holds no seat."""
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        self.forum = Forum(self.folder)
        self.at_home = self.forum.ports
        self.store = DyingStore(self.forum.settings.sqlite_path, run_twice=True)
        self.store._connections._synchronous = "OFF"
        self.forum.ports = replace(self.at_home, store=self.store)
        self.meetings = [self.forum.meeting(), self.forum.meeting(START.replace(day=20), capacity=2)]
        for number in range(6):
            self._somebody("joins" if number < older else "signs up", number, 0)
            self._somebody("signs up", number, 1)
        self._capacity(0, capacity)

    def teardown(self) -> None:
        if hasattr(self, "forum"):
            self.store.close()
            self.forum.ports = self.at_home
            self.forum.close()
            shutil.rmtree(self.folder)

    @rule(who=st.lists(PEOPLE, min_size=1, max_size=6), meeting=st.sampled_from([0, 0, 1]))
    def several_confirm(self, who: list[int], meeting: int) -> None:
        for person in who:
            self._somebody("confirms", person, meeting)

    @rule(
        what=st.sampled_from(["confirms", "joins", "leaves", "unsubscribes", "erases all", "goes to the next"]),
        person=PEOPLE,
        meeting=st.sampled_from([0, 0, 1]),
        times=st.integers(1, 2),
    )
    def somebody(self, what: str, person: int, meeting: int, times: int) -> None:
        for _ in range(times):
            self._somebody(what, person, meeting)

    @rule(meeting=st.integers(0, 1), capacity=CAPACITIES)
    def the_capacity_becomes(self, meeting: int, capacity: int | None) -> None:
        self._capacity(meeting, capacity)

    @rule(person=PEOPLE, meeting=st.integers(0, 1))
    def an_older_release_lets_somebody_leave(self, person: int, meeting: int) -> None:
        """It knows of no seat, and drops what it does not know. It does so where this release has not decided yet."""
        present = self._meeting(meeting)
        registration = self.forum.registration(self._id(person, meeting))
        if registration is not None and registration.confirmed and present.seated_for != present.capacity:
            left = registration.model_copy(update={"state": RegistrationState.LEFT, "seat": None})
            with self._process():
                self.store.transact(lambda store: store.put(left))

    @rule(at=st.integers(1, 4), before=st.booleans())
    def the_process_will_die(self, at: int, before: bool) -> None:
        self.store.left, self.store.before = at, before

    @rule()
    def a_day_passes(self) -> None:
        with self._process():
            settle_seats(self.forum.ports, self._now)
            for number in range(2):
                self._everybody_sits(number)

    @invariant()
    def every_seat_is_somebodys_and_everybody_has_one(self) -> None:
        if not hasattr(self, "forum"):
            return
        for number in range(2):
            meeting = self._meeting(number)
            if meeting.capacity is not None and meeting.seated_for == meeting.capacity:
                self._everybody_sits(number)

    def _everybody_sits(self, number: int) -> None:
        """Everybody does, unless there are more of them than seats: then each seat has somebody who sits in it."""
        meeting, people = self._meeting(number), self._people(number)
        seats = self.store.query(Seat, Query(equal={"meeting": meeting.id}))
        sitting = {(each.person, each.seat) for each in people if each.seat is not None}
        held = {(seat.person, seat.number) for seat in seats}
        if meeting.capacity is not None:
            assert held == sitting
            assert len(people) > meeting.capacity or len(people) == len(held)
            assert len(people) > meeting.capacity or all(1 <= each <= meeting.capacity for _, each in held)

    def _somebody(self, what: str, person: int, meeting: int) -> None:
        ports, id, known = self.forum.ports, self._id(person, meeting), self._meeting(meeting)
        with self._process(), suppress(Conflict, NotFound, Expired):
            if what in ("joins", "signs up"):
                with suppress(Conflict):  # who signed up before it was full may confirm still
                    self.forum.sign_up(known, f"person{person}@example.org")
            if what in ("joins", "confirms"):
                self._seats_are_not_oversold(meeting, lambda: confirm(ports, id, self._now))
            if what == "goes to the next":
                self._seats_are_not_oversold(1, lambda: confirm_for_next(ports, self._id(person, 0), self._now))
            if what in ("leaves", "unsubscribes"):
                leave(ports, id, self._now, by_mail_program=what == "unsubscribes")
            if what == "erases all":
                erase(ports, id)
                assert self.store.query(Seat, Query(equal={"person": id.split(".")[1]})) == []

    def _seats_are_not_oversold(self, number: int, confirms) -> None:
        """Nobody more than there are seats; and nobody is refused while there is one."""
        capacity, before = self._meeting(number).capacity, len(self._people(number))
        refused = None
        try:
            confirms()
        except Closed as closed:
            refused = closed.standing
        except Killed:
            self.store.dead = False
            self.forum.later(minutes=1)
        assert refused is not Standing.FULL or (capacity is not None and before >= capacity)
        after = len(self._people(number))
        assert capacity is None or after <= max(capacity, before)

    def _capacity(self, number: int, capacity: int | None) -> None:
        changed = self._meeting(number).model_copy(update={"capacity": capacity})
        with self._process():
            self.store.transact(lambda store: store.put(changed))

    @contextmanager
    def _process(self) -> Iterator[None]:
        """One that may be killed: a minute later there is another."""
        try:
            yield
        except Killed:
            self.store.dead = False
            self.forum.later(minutes=1)

    def _id(self, person: int, meeting: int) -> str:
        key = self.forum.settings.identity_key
        return registration_id(self.meetings[meeting].id, person_id(key, f"person{person}@example.org"))

    def _meeting(self, number: int) -> Meeting:
        return self.forum.present_meeting(self.meetings[number].id)

    def _people(self, number: int) -> list[Registration]:
        found = self.store.query(Registration, Query(equal={"meeting": self.meetings[number].id}))
        return [each for each in found if each.confirmed]

    @property
    def _now(self):
        return self.forum.now


@pytest.mark.slow
def test_no_sequence_loses_a_seat_or_sells_it_twice():
    run_state_machine_as_test(
        SeatSequences,
        settings=settings(
            max_examples=MORE or 80,
            stateful_step_count=25,
            derandomize=not MORE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
