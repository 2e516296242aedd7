"""All documents of a store, whatever they are: to compare before and after, or to move them in time."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import dela.domain
from dela.mailing.ledger import Heartbeat
from dela.store.contract import Query, Store
from dela.store.documents import Document


def kinds() -> list[type[Document]]:
    """Every kind of document that Dela stores."""
    for module in pkgutil.iter_modules(dela.domain.__path__):
        importlib.import_module(f"dela.domain.{module.name}")
    return sorted(_below(Document), key=lambda kind: kind.collection)


def documents(store: Store) -> Iterator[Document]:
    """Everything that is stored."""
    for kind in kinds():
        last: Document | None = None
        while found := store.query(kind, Query(limit=300, after=last)):
            yield from found
            last = found[-1]


def snapshot(store: Store) -> dict[str, Any]:
    """Everything that is stored but for the heartbeats, which tell of runs that changed nothing."""
    return {
        f"{each.collection}/{each.id}": each.model_dump()
        for each in documents(store)
        if not isinstance(each, Heartbeat)
    }


def _below(kind: type[Document]) -> Iterator[type[Document]]:
    for each in kind.__subclasses__():
        if hasattr(each, "collection"):
            yield each
        yield from _below(each)
