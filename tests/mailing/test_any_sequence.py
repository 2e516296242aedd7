"""No sequence of what people, operators, clocks and machines do breaks a rule of docs/rules.md.

Hypothesis makes up the sequences, the same in every run, and prints the shortest one that breaks a rule.
DELA_SEQUENCES=1000 tries so many others.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dela.attending import mails
from dela.attending.confirm import confirm
from dela.attending.leave import leave
from dela.attending.own_data import erase
from dela.attending.registration import Registration, RegistrationState
from dela.duties.run_duties import plan_mails, retain
from dela.errors import Conflict, Expired, NotFound
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage, Leased, Message
from dela.mailing.wakeups import wakeup_key
from dela.meetings.meeting import MeetingState
from dela.meetings.reminder_times import Reminder, reminders_of
from dela.meetings.run_meetings import cancel_meeting, move_meeting, set_room
from dela.store.contract import Query
from dela.store.identity import person_id, registration_id
from tests.support.watched import Killed, WatchedForum

MORE = int(os.environ.get("DELA_SEQUENCES", "0"))
WEEK_DAY_HOUR = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))
ODD = (timedelta(days=2), timedelta(days=1, hours=2, minutes=30), timedelta(minutes=5))
SCENES = {
    "clocks go forward": ("Europe/Stockholm", datetime(2026, 3, 30, 12, 10), WEEK_DAY_HOUR),
    "in the hour that comes twice": ("Europe/Stockholm", datetime(2026, 10, 25, 2, 30), WEEK_DAY_HOUR),
    "after a leap day": ("Europe/Stockholm", datetime(2028, 3, 1, 8, 0), ODD),
    "half hours off": ("America/St_Johns", datetime(2026, 11, 2, 0, 15), ODD),
    "clocks go by half an hour": ("Australia/Lord_Howe", datetime(2026, 4, 5, 12, 0), WEEK_DAY_HOUR),
    "a day that was left out": (
        "Pacific/Apia",
        datetime(2011, 12, 31, 12, 10),
        (*WEEK_DAY_HOUR, timedelta(minutes=90)),
    ),
}
STEPS = [timedelta(seconds=1), *(timedelta(minutes=n) for n in (1, 6, 16, 50, 300, 1380, 3 * 1440, 7 * 1440 - 30))]
MOVES = [timedelta(minutes=n) for n in (20, -20, 180, -180, 1440, -2 * 1440, 10 * 1440)]
AROUND = [timedelta(seconds=n) for n in (-1200, -1, 0, 1, 300)]
QUARTER = timedelta(minutes=15)


class Sequences(RuleBasedStateMachine):
    """Whatever may happen to one meeting and three people."""

    @initialize(
        scene=st.sampled_from(sorted(SCENES)),
        before=st.sampled_from([1, 9, 12]),
        there=st.sampled_from([3, 2, 3, 0, 1]),
    )
    def a_forum(self, scene: str, before: int, there: int) -> None:
        zone, start, offsets = SCENES[scene]
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        self.forum = WatchedForum(self.folder, time_zone=zone, reminders=sorted(offsets, reverse=True))
        starts_at = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        self.forum.at(starts_at - timedelta(days=before, hours=2))
        self.meeting = self.forum.meeting(starts_at)
        self.ids = {number: registration_id(self.meeting.id, self._person(number)) for number in range(3)}
        self.latest = self.forum.now
        self.covered: dict[str, datetime] = {}
        for person in range(there):
            self.somebody(person, "joins")

    def teardown(self) -> None:
        if hasattr(self, "forum"):
            self.forum.close()
            shutil.rmtree(self.folder)

    def _person(self, number: int) -> str:
        return person_id(self.forum.settings.identity_key, f"person{number}@example.org")

    @rule(
        person=st.integers(0, 2),
        what=st.sampled_from(["joins", "signs up", "confirms", "leaves", "unsubscribes", "erases all", "joins"]),
    )
    def somebody(self, person: int, what: str) -> None:
        forum, id = self.forum, self.ids[person]
        with suppress(Conflict, NotFound, Expired):
            if what in ("joins", "signs up"):
                told = {"name": f"Namn{person}son", "language": "sv" if person else "en"}
                forum.sign_up(self.meeting, f"person{person}@example.org", **told)
            if what in ("joins", "confirms"):
                confirm(forum.ports, id, forum.now)
            if what in ("leaves", "unsubscribes"):
                leave(forum.ports, id, forum.now, by_mail_program=what == "unsubscribes")
            if what == "erases all":
                erase(forum.ports, id)

    @rule(by=st.sampled_from(MOVES))
    def the_meeting_moves(self, by: timedelta) -> None:
        with suppress(Conflict):
            present = self.forum.present_meeting(self.meeting.id)
            move_meeting(self.forum.ports, self.meeting.id, present.starts_at + by, self.forum.now)

    @rule(what=st.sampled_from(["moves back", "has another room", "is cancelled"]))
    def the_meeting(self, what: str) -> None:
        ports, id = self.forum.ports, self.meeting.id
        with suppress(Conflict):
            if what == "moves back":
                move_meeting(ports, id, self.meeting.starts_at, self.forum.now)
            elif what == "is cancelled" and len(self.forum.sent) > 2:
                cancel_meeting(ports, id, self.forum.now)
            else:
                set_room(ports, id, f"https://meet.example.org/{self.forum.now:%H%M%S}")

    @rule(step=st.sampled_from(STEPS), runs=st.sampled_from([True, True, False]))
    def time_passes(self, step: timedelta, runs: bool) -> None:
        self._to(self.forum.now + step, runs)

    @rule(step=st.sampled_from(AROUND), runs=st.booleans())
    def it_is_nearly_time_for_the_next_reminder(self, step: timedelta, runs: bool) -> None:
        reminders = self._reminders()
        due = next((each.due_at for each in reminders if each.due_at + step > self.forum.now), None)
        if due is not None:
            self._to(due + step, runs)

    @rule(
        what=st.sampled_from(["dies after", "dies before", "no mail server", "lost wake-ups", "it moves", "it is off"]),
        lives=st.integers(0, 2),
    )
    def there_is_trouble_when_the_next_reminder_leaves(self, what: str, lives: int) -> None:
        due = next((each.due_at for each in self._reminders() if each.due_at > self.forum.now), None)
        if due is None:
            return
        self._to(due - timedelta(seconds=90), runs=True)
        if what == "it moves":
            self.the_meeting_moves(MOVES[lives])
        elif what == "it is off":
            self.the_meeting("is cancelled")
        else:
            self.trouble(what, lives)
        self.forum.at(due)
        self.something_runs("worker")
        self.forum.at(due + timedelta(minutes=lives * 2))
        if self.forum.now >= self.latest:
            self._calm()

    @rule(step=st.sampled_from(STEPS[:5]))
    def the_clock_is_set_back(self, step: timedelta) -> None:
        self.latest = max(self.latest, self.forum.now)
        self.forum.at(self.forum.now - step)

    @rule(what=st.sampled_from(["schedule", "worker", "erasure", "schedule", "everything twice"]))
    def something_runs(self, what: str) -> None:
        forum = self.forum
        with suppress(Killed):
            if what == "schedule":
                plan_mails(forum.ports, forum.now)
            elif what == "worker":
                forum.deliver()
            elif what == "erasure":
                retain(forum.ports, forum.now)
            else:
                for work in self._all_work():
                    deliver(forum.ports, wakeup_key(work))
                    deliver(forum.ports, wakeup_key(work))
                deliver(forum.ports, None)

    @rule(
        what=st.sampled_from(["no mail server", "a mail server", "dies before", "dies after", "lost wake-ups"]),
        lives=st.integers(0, 2),
    )
    def trouble(self, what: str, lives: int) -> None:
        if what == "lost wake-ups":
            self.forum.ports.queue._execute("DELETE FROM wakeups", ())
        elif what.startswith("dies"):
            self.forum.dies, self.forum.lives = what.removeprefix("dies "), lives
        else:
            self.forum.away = what == "no mail server"

    def _to(self, moment: datetime, runs: bool) -> None:
        if runs:
            with suppress(Killed):
                self.forum.travel(moment)
        else:
            self.forum.at(moment)

    def _reminders(self) -> list[Reminder]:
        meeting = self.forum.present_meeting(self.meeting.id)
        return reminders_of(meeting, self.forum.settings.reminders, self.forum.settings.zone)

    def _all_work(self) -> list[Leased]:
        query = Query(limit=500)
        return [work for kind in (Message, AudiencePage) for work in self.forum.ports.store.query(kind, query)]

    # What must be true

    @invariant()
    def no_mail_broke_a_rule(self) -> None:
        self.forum.forget_who_was_erased()
        assert not self.forum.wrong, "\n".join(self.forum.wrong)

    @precondition(lambda self: self.forum.now >= self.latest)
    @rule()
    def after_an_hour_and_a_half_of_calm_everyone_has_what_is_due(self) -> None:
        self._calm()

    def _calm(self) -> None:
        forum = self.forum
        forum.away, forum.dies = False, ""
        began = forum.now
        for _ in range(7):
            forum.travel(forum.now + QUARTER)
        meeting = forum.present_meeting(self.meeting.id)
        assert [work.id for work in self._all_work() if work.due_at is not None and work.due_at <= forum.now] == []
        for registration in forum.ports.store.query(Registration, Query()):
            self._has_what_it_should(registration, meeting, began)
        self._remember_what_was_due()

    def _has_what_it_should(self, registration: Registration, meeting, began: datetime) -> None:
        forum = self.forum
        if registration.state is not RegistrationState.CONFIRMED or began >= meeting.starts_at:
            return
        if meeting.cancelled:
            if registration.confirmed_at < meeting.changed_at:
                assert forum.was_sent(mails.CANCELLED, str(meeting.sequence), registration), "not told: cancelled"
            return
        if meeting.state is not MeetingState.OPEN:
            return
        moved = meeting.moved_at is not None and registration.confirmed_at < meeting.moved_at
        if moved:
            assert forum.was_sent(mails.MOVED, str(meeting.sequence), registration), "not told: moved"
        for each in self._reminders():
            came_in_time = registration.confirmed_at < min(each.due_at, self.covered.get(each.occurrence, each.due_at))
            if each.due_at <= forum.now < each.useful_until and came_in_time:
                assert forum.was_sent(mails.REMINDER, each.occurrence, registration), f"not reminded: {each}"

    def _remember_what_was_due(self) -> None:
        """A reminder that moves within its day goes once: to those who were there when it was due first."""
        for each in self._reminders():
            if each.due_at <= self.forum.now:
                self.covered.setdefault(each.occurrence, each.due_at)


@pytest.mark.slow
def test_no_sequence_breaks_a_rule():
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=MORE or 150,
            stateful_step_count=30,
            derandomize=not MORE,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
