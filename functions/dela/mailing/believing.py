"""Whether the clock is believed at a moment, and the looks of the schedule by which that is known."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from dela.clock.seen import THIS, ClockSeen
from dela.mailing.duty import RHYTHMS
from dela.mailing.ledger import Heartbeat
from dela.ports import Ports
from dela.store.contract import Reader, Store, Transaction

SOON = timedelta(minutes=1)
"""A look that follows another so soon tells nothing that the next one will not tell."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a look showed. `regained`: that it is believed again, so that what waited is done."""

    believed: bool
    regained: bool


MEANT = Look(believed=True, regained=False)


def believed(ports: Ports, now: datetime) -> bool:
    """Whether what can't be undone may be done by the clock that shows `now`."""
    return ports.clock.meant or seen_at(ports.store, now).believed


def seen_at(store: Reader, now: datetime) -> ClockSeen:
    """What a look at `now` would show; nothing is written."""
    return _look(store, now)[1]


def was_put_back(ports: Ports, now: datetime) -> bool:
    """Whether a look at `now` would show a clock that was ahead until now."""
    before = None if ports.clock.meant else _before(ports.store)
    return before is not None and before.went_back(now)


def look(ports: Ports, now: datetime) -> Look:
    """Look at the clock, and remember it. Several instances may, at once and again: one of them writes it down."""
    if ports.clock.meant:
        return MEANT

    def work(store: Transaction) -> tuple[ClockSeen | None, ClockSeen]:
        before, after = _look(store, now)
        if _tells_something(before, after, now):
            store.put(after)
        return before, after

    before, after = _look(ports.store, now)
    if _tells_something(before, after, now):
        before, after = ports.store.transact(work)
    doubted = before is not None and not before.believed
    if before is not None and before.believed and not after.believed:
        log.warning("the clock is not believed yet: what can't be undone waits", extra={"action": "clock"})
    return Look(after.believed, regained=after.believed and doubted)


def _look(store: Reader, now: datetime) -> tuple[ClockSeen | None, ClockSeen]:
    before = _before(store)
    return before, before.looked(now) if before else ClockSeen.unwatched(now)


def _tells_something(before: ClockSeen | None, after: ClockSeen, now: datetime) -> bool:
    """Whether a look is worth remembering: triggers that come doubled must not contend for one document."""
    return before is None or before.believed is not after.believed or abs(now - before.at) >= SOON


def vouch(store: Store, now: datetime) -> None:
    """Remember that somebody has said the clock to be right at `now`."""
    store.transact(lambda transaction: transaction.put(ClockSeen.trusted(now)))


def _before(store: Reader) -> ClockSeen | None:
    """What is known of the clock. An older release left its heartbeats only: then it was right at the last of them."""
    seen = store.get(ClockSeen, THIS)
    if seen is not None:
        return seen
    beats = [beat.at for rhythm in RHYTHMS if (beat := store.get(Heartbeat, rhythm.function)) is not None]
    return ClockSeen.trusted(max(beats)) if beats else None
