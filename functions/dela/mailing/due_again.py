"""Mails that a clock which was ahead has put off: once it is put back, they are due as if it had never been."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.mailing.ledger import AudiencePage, Leased, Message
from dela.mailing.wake import wake
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text

FAR = timedelta(hours=2)
"""By less than this a mail is put off for its own sake."""
AT_ONCE = 100


def due_again(ports: Ports, now: datetime) -> int:
    """Make due what waits for a time that the present clock does not explain; answers how many mails and pages."""
    return sum(_due_again(ports, kind, work.id, now) for kind, work in _far(ports, now))


def _far(ports: Ports, now: datetime) -> Iterator[tuple[type[Message] | type[AudiencePage], Leased]]:
    for kind in (Message, AudiencePage):
        last: Leased | None = None
        while True:
            far = Query(range_field="due_at", at_least=instant_text(now + FAR), limit=AT_ONCE, after=last)
            found: list[Leased] = list(ports.store.query(kind, far))
            yield from ((kind, work) for work in found)
            if len(found) < AT_ONCE:
                break
            last = found[-1]


def _due_again(ports: Ports, kind: type[Message] | type[AudiencePage], id: str, now: datetime) -> int:
    def work(store: Transaction) -> Leased | None:
        found: Leased | None = store.get(kind, id)
        if found is None or found.due_at is None or found.due_at < now + FAR:
            return None
        due = max(now, found.planned_for) if isinstance(found, AudiencePage) else now
        if due == found.due_at:
            return None
        changed = found.model_copy(update={"due_at": due})
        store.put(changed)
        return changed

    changed = ports.store.transact(work)
    if changed is None:
        return 0
    wake(ports, changed, changed.due_at)
    return 1
