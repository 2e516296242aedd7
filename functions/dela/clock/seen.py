"""When a machine's clock is believed: it has gone on in small steps, look after look, for a day of running.

One look at a clock proves nothing: a forum that stood still for two weeks sees what a forum sees whose clock was put
forward by two weeks. So after a step that is too long, or back, what can't be undone waits until the clock has been
watched for a day (docs/decisions/0015-one-look-at-the-clock.md).
"""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody

THIS: Final = "this"
"""The id of the one clock that a forum goes by."""
SLACK = timedelta(minutes=5)
"""So much backwards is no jump: clocks of several instances differ, and one that is put right goes back a bit."""
STEP = timedelta(minutes=45)
"""From one look to the next: longer than two missed runs, shorter than the hour that summer time or a zone puts on."""
PAUSE = timedelta(days=4)
"""A machine that is off at night or over Easter does not begin its day of watching anew."""
HOLD = timedelta(days=1)
"""For so long of running a clock is watched until it is believed."""
STRETCH = timedelta(hours=6)
"""The last part of that without a jump, so that a wrong look can't end a day that was watched before it."""


class ClockSeen(Document):
    """What the schedule saw of the clock so far.

    `at` is the last look, `believed_at` the last that was believed. `ran` counts the seconds of running that were
    watched since then, `steady` those of them that count towards the day. `jumped_from` and `jumped_to` tell of the
    last jump while it is not believed; None: it is watched for the first time.
    """

    collection: ClassVar[str] = "clockseen"
    keeping = OfNobody()

    at: Instant
    believed_at: Instant | None = None
    ran: float = 0
    steady: float = 0
    jumped_from: Instant | None = None
    jumped_to: Instant | None = None

    @property
    def believed(self) -> bool:
        """Whether what can't be undone may be done by it."""
        return self.believed_at == self.at

    @property
    def left(self) -> timedelta:
        """For how much longer it has to be watched."""
        return timedelta(0) if self.believed else max(HOLD - timedelta(seconds=self.steady), self._left_of_stretch)

    @property
    def _left_of_stretch(self) -> timedelta:
        return STRETCH - (self.at - self.jumped_to) if self.jumped_to else timedelta(0)

    @classmethod
    def trusted(cls, at: datetime) -> Self:
        """A clock that was right at a time."""
        return cls(id=THIS, at=at, believed_at=at)

    @classmethod
    def unwatched(cls, at: datetime) -> Self:
        """A clock that nobody has watched yet."""
        return cls(id=THIS, at=at)

    def went_back(self, now: datetime) -> bool:
        """Whether a look at `now` sees it put back."""
        return now < self.at - SLACK

    def looked(self, now: datetime) -> Self:
        """What is known of it after another look."""
        if -SLACK <= now - self.at <= STEP:
            return self._went_on(max(now, self.at))
        if self._as_if_it_had_never_jumped(now):
            return self.trusted(now)
        return self._jumped(now)

    def _went_on(self, now: datetime) -> Self:
        step = (now - self.at).total_seconds()
        on = self.model_copy(update={"at": now, "ran": self.ran + step, "steady": self.steady + step})
        return self.trusted(now) if self.believed or on.left <= timedelta(0) else on

    def _as_if_it_had_never_jumped(self, now: datetime) -> bool:
        """It is where it would be had it gone on from the last believed look: what was between was wrong, not this."""
        if self.believed_at is None:
            return False
        return -SLACK <= now - (self.believed_at + timedelta(seconds=self.ran)) <= STEP

    def _jumped(self, now: datetime) -> Self:
        kept = not self.believed and self.at < now <= self.at + PAUSE
        jump = {"at": now, "jumped_from": self.at, "jumped_to": now, "steady": self.steady if kept else 0}
        return self.model_copy(update=jump)
