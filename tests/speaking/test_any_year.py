"""No sequence of invitations, answers, moves, lost and doubled triggers breaks a rule of a year.

Hypothesis makes up the sequences, the same in every run. DELA_SEQUENCES=1000 tries so many others.
"""

import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dela.errors import Conflict, NotFound
from dela.mailing.ledger import Message, MessageState
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.speaking.agenda import AgendaItem
from dela.speaking.asking_times import asking_times
from dela.speaking.due import do_due
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.invite import nudge_by_hand
from dela.speaking.line_up import offer_place, order
from dela.speaking.places import Place
from dela.speaking.telling import TOLD
from dela.speaking.warn import warn
from dela.store.contract import Query
from dela.store.sqlite import SqliteStore
from tests.support.forum import NOW, START, Forum

MORE = int(os.environ.get("DELA_SEQUENCES", "0"))
DAY = timedelta(days=1)
PEOPLE = range(1, 7)
NUMBERS, MEETINGS = st.sampled_from(PEOPLE), st.sampled_from([0, 0, 0, 1])
"""Most of it is about one meeting, so that its places run out."""
AFTER_A_NO = {"speaker_out", "speaker_noted"}
OF_ANSWERED = (InvitationState.DECLINED, InvitationState.WITHDRAWN, InvitationState.EXPIRED, InvitationState.REMOVED)
EVERYTHING = Query(limit=1000)


class Year(RuleBasedStateMachine):
    """A forum's speakers, by their use cases, with a store that runs each transaction twice."""

    @initialize()
    def begins(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.forum = Forum(self.folder, warns=True)
        self.forum.ports.store.close()
        store = SqliteStore(self.forum.settings.sqlite_path, run_twice=True)
        self.forum.ports = replace(self.forum.ports, store=store)
        self.forum.at(NOW - 60 * DAY)
        self.meetings = [self.forum.meeting(START + number * 30 * DAY).id for number in range(2)]
        self.sent: Counter[str] = Counter()
        for number in PEOPLE:
            self.forum.invited(self._meeting(0), number)

    def teardown(self) -> None:
        if hasattr(self, "forum"):
            self.forum.close()
            shutil.rmtree(self.folder)

    @rule(number=NUMBERS, place=MEETINGS)
    def is_invited(self, number: int, place: int) -> None:
        with suppress(Conflict):
            self.forum.invited(self._meeting(place), number)

    @rule(number=NUMBERS, place=MEETINGS, choice=st.sampled_from(["yes", "no", "standby"]), twice=st.booleans())
    def answers(self, number: int, place: int, choice: str, twice: bool) -> None:
        for _ in range(1 + twice):
            self._answer(number, place, choice)

    @rule(place=MEETINGS, first=NUMBERS)
    def many_say_yes(self, place: int, first: int) -> None:
        for number in PEOPLE[first - 1 :]:
            self._answer(number, place, "yes")

    @rule(number=NUMBERS, place=MEETINGS, other=MEETINGS)
    def chooses_another_date(self, number: int, place: int, other: int) -> None:
        self._answer(number, place, "other", other=self.meetings[other])

    @rule(number=NUMBERS, place=MEETINGS, choice=st.sampled_from(["yes", "no", "standby", "remove"]))
    def is_answered_for(self, number: int, place: int, choice: str) -> None:
        self._answer(number, place, choice, by="coordinator")

    @rule(number=NUMBERS, place=MEETINGS)
    def is_asked_once_more(self, number: int, place: int) -> None:
        with suppress(Conflict, NotFound):
            nudge_by_hand(self.forum.ports, self._id(number, place), self.forum.now)

    @rule(place=MEETINGS)
    def is_offered_a_place(self, place: int) -> None:
        with suppress(Conflict):
            offer_place(self.forum.ports, self.meetings[place], self.forum.now)

    @rule(place=MEETINGS, backwards=st.booleans())
    def are_put_in_order(self, place: int, backwards: bool) -> None:
        people = sorted(each.person for each in self._of(Place) if each.meeting == self.meetings[place])
        with suppress(Conflict):
            order(self.forum.ports, self.meetings[place], people[:: -1 if backwards else 1], self.forum.now)

    @rule(place=MEETINGS, days=st.sampled_from([-20, -1, 1, 9]))
    def moves(self, place: int, days: int) -> None:
        with suppress(Conflict):
            start = self._meeting(place).starts_at + days * DAY
            move_meeting(self.forum.ports, self.meetings[place], start, self.forum.now)

    @rule(place=MEETINGS)
    def is_called_off(self, place: int) -> None:
        with suppress(Conflict):
            cancel_meeting(self.forum.ports, self.meetings[place], self.forum.now)

    @rule(hours=st.sampled_from([1, 7, 30, 24 * 5, 24 * 12]))
    def time_passes_with_everything_that_is_due(self, hours: int) -> None:
        self.forum.travel(self.forum.now + timedelta(hours=hours))

    @rule(hours=st.sampled_from([1, 30, 24 * 12]))
    def time_passes_and_triggers_are_lost_then_doubled(self, hours: int) -> None:
        self.forum.later(hours=hours)
        for _ in range(2):
            do_due(self.forum.ports, self.forum.now)
            warn(self.forum.ports, self.forum.now)
        self.forum.run()

    @invariant()
    def never_more_than_four_and_places_lines_and_states_say_the_same(self) -> None:
        if not hasattr(self, "forum"):
            return
        places, asked = self._of(Place), self._of(Invitation)
        by_meeting = Counter(place.meeting for place in places)
        assert max(by_meeting.values(), default=0) <= 4
        assert len({(place.meeting, place.person) for place in places}) == len(places)
        cancelled = {each.id for each in self._of(Meeting) if each.cancelled}
        speaking = {each.id for each in asked if each.speaks and each.meeting not in cancelled}
        assert {f"{p.meeting}.{p.person}" for p in places if p.meeting not in cancelled} == speaking
        lines = {each.id: each for each in self._of(AgendaItem) if each.person and each.meeting not in cancelled}
        assert set(lines) == speaking
        positions = {f"{place.meeting}.{place.person}": place.position for place in places}
        assert all(line.position == positions[id] for id, line in lines.items())

    @invariant()
    def every_mail_is_of_the_state_that_its_reader_is_in_and_comes_once(self) -> None:
        if not hasattr(self, "forum"):
            return
        self.forum.deliver()
        asked = {each.id: each for each in self._of(Invitation)}
        ledger = {each.id: each for each in self._of(Message)}
        for message in ledger.values():
            new = message.state is MessageState.SENT and message.id not in self.sent
            reader = asked.get(message.about) if message.reason.startswith("speaker_") else None
            self.sent[message.id] += new
            if not new or reader is None or message.person != reader.person or message.sent_at != self.forum.now:
                continue
            if reader.state is InvitationState.CANCELLED:
                assert message.reason == "speaker_cancelled"
                assert reader.state_before not in OF_ANSWERED, "who has said no is told no more"
            elif reader.state in OF_ANSWERED:
                assert message.reason in AFTER_A_NO, "after a no nothing but thanks"
        for id in asked:
            nudges = [
                each.occurrence for each in ledger.values() if each.about == id and each.reason == "speaker_nudged"
            ]
            assert len(nudges) == len(set(nudges))

    @invariant()
    def each_state_that_was_reached_was_told_once(self) -> None:
        if not hasattr(self, "forum"):
            return
        told = Counter(each.about.rpartition(".")[0] for each in self._of(Message) if each.reason == "speaker_state")
        for each in self._of(Invitation):
            reached = sum(step.state in TOLD for step in each.history)
            assert told[each.id] <= reached
            if each.history[-1].by == "time" and each.state is InvitationState.EXPIRED:
                assert told[each.id] >= 1

    @invariant()
    def what_is_overdue_for_an_answer_is_never_left_waiting(self) -> None:
        if not hasattr(self, "forum"):
            return
        do_due(self.forum.ports, self.forum.now)
        meetings = {each.id: each for each in self._of(Meeting)}
        for each in self._of(Invitation):
            meeting = meetings[each.meeting]
            if each.state is InvitationState.ASKED:
                times = asking_times(each.asked_at, meeting.starts_at, self.forum.settings)
                assert self.forum.now < times.expires_at <= meeting.starts_at
            if each.state is InvitationState.STANDBY:
                assert self.forum.now < meeting.starts_at

    def _of(self, kind):
        return self.forum.ports.store.query(kind, EVERYTHING)

    def _meeting(self, place: int) -> Meeting:
        return self.forum.present_meeting(self.meetings[place])

    def _id(self, number: int, place: int) -> str:
        from dela.store.identity import person_id

        return f"{self.meetings[place]}.{person_id('test-identity', f'talare{number}@example.org')}"

    def _answer(self, number: int, place: int, choice: str, **how) -> None:
        with suppress(Conflict, NotFound):
            self.forum.answered(self._id(number, place), choice, **how)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_sequence_breaks_a_rule():
    run_state_machine_as_test(
        Year,
        settings=settings(
            max_examples=MORE or 25,
            stateful_step_count=40,
            deadline=None,
            derandomize=not MORE,
            suppress_health_check=list(HealthCheck),
        ),
    )
