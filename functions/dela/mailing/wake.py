"""Waking `delivery` after a commit. A wake-up that gets lost is made up for by `reminders`."""

import logging
from collections.abc import Iterable
from datetime import datetime

from dela.errors import Broken, TemporaryFailure
from dela.mailing.ledger import AudiencePage, Leased
from dela.mailing.wakeups import wakeup_key
from dela.ports import Ports
from dela.store.documents import Document

log = logging.getLogger(__name__)


def wake(ports: Ports, work: Leased, not_before: datetime | None = None) -> None:
    """Enqueue a wake-up for a stored message or page. A queue that is away or set up wrongly is logged, not raised."""
    try:
        ports.queue.enqueue(wakeup_key(work), not_before)
    except (TemporaryFailure, Broken) as failure:
        log.warning("%s; the next planning run makes up for this wake-up", failure, extra={"action": "wake"})


def wake_planned(ports: Ports, planned: Iterable[Document]) -> None:
    """Wake all mails among what was created, each for the time at which it is due."""
    for each in planned:
        if isinstance(each, Leased):
            wake(ports, each, each.due_at)


def wake_pages(ports: Ports, planned: Iterable[Document], not_before: datetime | None = None) -> int:
    """Wake what a plan of an audience created; answers how many pages that were."""
    pages = [each for each in planned if isinstance(each, AudiencePage)]
    for page in pages:
        wake(ports, page, not_before)
    return len(pages)
