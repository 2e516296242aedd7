"""Running what the rooms have to do from time to time, and when that will be."""

import logging
from collections.abc import Iterator
from datetime import datetime

from dela.errors import Unreadable
from dela.mailing.believing import look, was_put_back
from dela.mailing.due_again import due_again
from dela.mailing.duty import DAILY, QUARTER_HOURLY, Duty, Rhythm
from dela.mailing.ledger import Heartbeat
from dela.ports import Ports
from dela.store.contract import Transaction
from dela.store.readable import get_readable

log = logging.getLogger(__name__)


def run_duties(ports: Ports, rhythm: Rhythm, now: datetime) -> dict[str, int]:
    """Do all duties of a rhythm, in the order in which they are declared; answers their counts for the log.

    What can't be undone waits for a clock that is believed, and is done as soon as it is. Safe to run at any time,
    twice at once, and again after a crash.
    """
    counts: dict[str, int] = {}
    if was_put_back(ports, now):  # before the look is remembered, so that a crash in between leaves nothing undone
        counts["due_again"] = due_again(ports, now)
    seen = look(ports, now)
    for duty in ports.declared.all(Duty):
        if duty.irreversible and not seen.believed:
            continue
        if rhythm in duty.rhythms or (duty.irreversible and seen.regained):
            counts |= _run(ports, duty, now)

    def beat(store: Transaction) -> None:
        before = get_readable(store, Heartbeat, rhythm.function) or Heartbeat(id=rhythm.function, at=now)
        store.put(before.model_copy(update={"at": now}))

    ports.store.transact(beat)
    return counts


def _run(ports: Ports, duty: Duty, now: datetime) -> dict[str, int]:
    """Do one duty. What it could not do without keeps it from being done, but not the others."""
    try:
        return dict(duty.run(ports, now))
    except Unreadable as error:
        log.error("%s could not be done: %s", duty.name, error, extra={"action": "duties"})
        return {f"{duty.name}_unreadable": 1}


def plan_mails(ports: Ports, now: datetime) -> dict[str, int]:
    """What is done every quarter of an hour."""
    return run_duties(ports, QUARTER_HOURLY, now)


def retain(ports: Ports, now: datetime) -> dict[str, int]:
    """What is done once a day."""
    return run_duties(ports, DAILY, now)


def next_moment(ports: Ports, now: datetime) -> datetime | None:
    """The first time after `now` at which a duty or a mail falls due, as far as the store tells."""
    return min((moment for moment in _moments(ports, now) if moment > now), default=None)


def _moments(ports: Ports, now: datetime) -> Iterator[datetime]:
    for duty in ports.declared.all(Duty):
        yield from duty.moments(ports, now)
