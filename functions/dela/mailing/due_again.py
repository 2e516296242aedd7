"""Mails that a clock which was ahead has put off: once it is put back, they are due as if it had never been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from dela.mailing.ledger import AudiencePage, Leased, Message
from dela.mailing.wake import wake
from dela.ports import Ports
from dela.store.contract import Query, Store, Transaction
from dela.store.documents import instant_text

W = TypeVar("W", bound=Leased)

FAR = timedelta(hours=2)
"""By less than this a mail is put off for its own sake."""
AT_ONCE = 100


def due_again(ports: Ports, now: datetime) -> int:
    """Make due what waits for a time that the present clock does not explain; answers how many mails and pages."""
    far = instant_text(now + FAR)
    messages = [_changed(ports, Message, each.id, _message(now), now) for each in _open(ports.store, Message, far)]
    pages = [_changed(ports, AudiencePage, each.id, _page(now), now) for each in _open(ports.store, AudiencePage, "")]
    return sum(messages) + sum(pages)


def _message(now: datetime) -> Callable[[Message], Message]:
    return lambda message: message.model_copy(update={"due_at": now})


def _page(now: datetime) -> Callable[[AudiencePage], AudiencePage]:
    """It begins anew: who was not there when it was begun too early may be there now. Nobody gets it twice."""

    def changed(page: AudiencePage) -> AudiencePage:
        far = page.due_at is not None and page.due_at > max(page.planned_for, now) + FAR
        due = {"due_at": max(page.planned_for, now)} if far else {}
        return page.model_copy(update={**due, "cursor": ""})

    return changed


def _open(store: Store, kind: type[W], since: str) -> list[W]:
    """What is still to be done, and due from a time on."""
    found: list[W] = []
    while True:
        after = found[-1] if found else None
        part = store.query(kind, Query(range_field="due_at", at_least=since, limit=AT_ONCE, after=after))
        found += part
        if len(part) < AT_ONCE:
            return found


def _changed(ports: Ports, kind: type[W], id: str, change: Callable[[W], W], now: datetime) -> bool:
    def work(store: Transaction) -> W | None:
        found = store.get(kind, id)
        changed = change(found) if found is not None and found.due_at is not None else None
        if changed is None or changed == found:
            return None
        store.put(changed)
        return changed

    changed = ports.store.transact(work)
    if changed is not None and changed.due_at == now:
        wake(ports, changed)
    return changed is not None
