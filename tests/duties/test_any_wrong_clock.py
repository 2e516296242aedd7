"""Whatever a clock does for some minutes, nobody is harmed by it, and in the end everything that is due is done.

Hypothesis makes up the sequences, the same in every run. DELA_SEQUENCES=1000 tries so many others.
"""

import os
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dela.attending.figures import Figures
from dela.attending.registration import CONFIRM_WITHIN, Registration
from dela.clock.seen import HOLD, PAUSE, STEP
from dela.mailing.believing import vouch
from dela.mailing.kinds import TOO_LATE
from dela.mailing.ledger import AudiencePage, Message, MessageState
from dela.meetings.reading import open_meetings
from dela.store.contract import Query
from tests.support.forum import NOW, START, Forum

MORE = int(os.environ.get("DELA_SEQUENCES", "0"))
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
QUARTER = 15 * MINUTE
END = START + 50 * MINUTE
OFF = [STEP + MINUTE, HOUR, 3 * HOUR, DAY, 3 * DAY, PAUSE + HOUR, 9 * DAY, 40 * DAY, 400 * DAY]
WRONG = st.tuples(st.sampled_from([*OFF, *(-each for each in OFF)]), st.integers(1, 3), st.booleans())
EVENTS = st.one_of(
    st.tuples(st.just("it runs"), st.sampled_from([1, 3, 24, 95])),
    st.tuples(st.just("it stands still"), st.sampled_from([20 * MINUTE, 2 * HOUR, 16 * HOUR, 2 * DAY, 5 * DAY])),
    st.tuples(st.just("its clock is wrong"), WRONG),
    st.tuples(st.just("somebody comes"), st.booleans()),
)


class Lived:
    """A forum on a machine whose clock is wrong now and then. `right` is what the clock on the wall shows."""

    def __init__(self, folder: Path) -> None:
        self.forum, self.right = Forum(folder), NOW
        self.meeting = self.forum.meeting()
        self.due: dict[str, datetime] = dict.fromkeys(self.forum.crowd(self.meeting, 4), END + 60 * DAY)
        self.forum.clock.meant = False
        vouch(self.forum.ports.store, NOW)

    def happens(self, what: str, how) -> None:
        if what == "it runs":
            for _ in range(how):
                self.right += QUARTER
                self.forum.at(self.right).run()
        elif what == "it stands still":
            self.right += how
        elif what == "its clock is wrong":
            self.goes_wrong(*how)
        elif self.right < END - HOUR:
            self.comes(confirms=how)

    def goes_wrong(self, off: timedelta, looks: int, right_after: bool) -> None:
        for _ in range(looks):
            self.right += MINUTE
            self.forum.at(self.right + off).run()
        if right_after:
            self.right += MINUTE
            self.forum.at(self.right).run()

    def comes(self, *, confirms: bool) -> None:
        forum, address = self.forum.at(self.right), f"comer{len(self.due)}@example.org"
        if confirms:
            self.due[forum.confirmed(self.meeting, address)] = END + 60 * DAY
        else:
            self.due[forum.sign_up(self.meeting, address)] = self.right + CONFIRM_WITHIN

    def nobody_is_harmed(self) -> None:
        store = self.forum.ports.store
        gone = [id for id, due in self.due.items() if due > self.right + STEP and not self.forum.registration(id)]
        assert gone == [], "erased too early"
        given_up = [
            each.id
            for each in store.query(Message, Query(limit=1000))
            if (each.outcome == TOO_LATE or each.state is MessageState.FAILED) and each.useful_until > self.right + STEP
        ]
        assert given_up == []
        assert store.get(Figures, self.meeting.id) is None or self.right > END - STEP, "counted too early"
        if self.right < END:
            assert [each.id for each in open_meetings(store, self.right)] == [self.meeting.id]

    def everything_due_is_done(self) -> None:
        self.happens("it stands still", max(END + 62 * DAY - self.right, timedelta(0)))
        self.happens("it runs", (HOLD + HOUR) // QUARTER)
        store = self.forum.ports.store
        assert store.query(Registration, Query()) == []
        figures = store.get(Figures, self.meeting.id)
        assert figures is not None
        assert figures.confirmed == sum(due > END for due in self.due.values() if due == END + 60 * DAY)
        for kind in (Message, AudiencePage):
            assert store.count(kind, Query(range_field="due_at", at_least="")) == 0


@pytest.mark.slow
@settings(
    max_examples=MORE or 40,
    derandomize=not MORE,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(EVENTS, min_size=1, max_size=8))
def test_no_sequence_of_wrong_looks_does_harm_and_all_that_is_due_is_done_in_the_end(events):
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    lived = Lived(folder)
    try:
        for what, how in events:
            lived.happens(what, how)
            lived.nobody_is_harmed()
        lived.everything_due_is_done()
    finally:
        lived.forum.close()
        shutil.rmtree(folder)
