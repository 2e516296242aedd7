"""What has to be done from time to time, as its subject's room declares it. The schedule knows no duty by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dela.ports import Ports


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a function of the schedule runs. After `late_after` without a run the schedule stands still."""

    function: str
    every: timedelta
    late_after: timedelta


QUARTER_HOURLY = Rhythm("reminders", timedelta(minutes=15), timedelta(minutes=35))
DAILY = Rhythm("retention", timedelta(days=1), timedelta(hours=26))
RHYTHMS = (QUARTER_HOURLY, DAILY)
"""Each is a job of the schedule; three are free on Google Cloud."""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One thing that is done in one rhythm, or in several.

    `run` does what is due at a moment (UTC), whoever calls, however often, and answers counts for the log. `moments`
    are the times at which it will have something to do, as far as the store tells; past ones do no harm. What is
    `irreversible` is done only by a clock that is believed (clock/seen.py).
    """

    name: str
    rhythms: tuple[Rhythm, ...]
    irreversible: bool
    run: Callable[[Ports, datetime], Mapping[str, int]]
    moments: Callable[[Ports, datetime], Iterable[datetime]]
