"""All documents of a store, whatever they are: to compare before and after, or to move them in time."""

from collections.abc import Iterator
from typing import Any

from dela.clock.seen import ClockSeen
from dela.declarations import DOCUMENTS
from dela.mailing.ledger import Heartbeat
from dela.store.contract import Query, Store
from dela.store.documents import Document


def kinds() -> list[type[Document]]:
    """Every kind of document that Dela stores."""
    return sorted(DOCUMENTS, key=lambda kind: kind.collection)


def documents(store: Store) -> Iterator[Document]:
    """Everything that is stored."""
    for kind in kinds():
        last: Document | None = None
        while found := store.query(kind, Query(limit=300, after=last)):
            yield from found
            last = found[-1]


def snapshot(store: Store) -> dict[str, Any]:
    """Everything that is stored but for heartbeats and looks at the clock: they tell of runs that changed nothing."""
    return {
        f"{each.collection}/{each.id}": each.model_dump()
        for each in documents(store)
        if not isinstance(each, (Heartbeat, ClockSeen))
    }
