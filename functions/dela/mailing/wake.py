"""Waking `delivery` after a commit. A wake-up that gets lost is made up for by `reminders`."""

import logging
from datetime import datetime

from dela.errors import Broken, TemporaryFailure
from dela.mailing.ledger import Leased
from dela.mailing.wakeups import wakeup_key
from dela.ports import Ports

log = logging.getLogger(__name__)


def wake(ports: Ports, work: Leased, not_before: datetime | None = None) -> None:
    """Enqueue a wake-up for a stored message or page. A queue that is away or set up wrongly is logged, not raised."""
    try:
        ports.queue.enqueue(wakeup_key(work), not_before)
    except (TemporaryFailure, Broken) as failure:
        log.warning("%s; the next planning run makes up for this wake-up", failure, extra={"action": "wake"})
