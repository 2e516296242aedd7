"""A person's right to their data, over all rooms: all of it in one file, or all of it gone."""

from collections.abc import Iterator
from typing import Any

from dela.attending.confirm import registration_of
from dela.ports import Ports
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import Document
from dela.store.keeping import OfPerson

MANY = 500
"""More than one person can have: four meetings a year, some ten mails each, kept for a year."""


def export(ports: Ports, id: str) -> dict[str, Any]:
    """Everything that is stored about the owner of a registration, in any room, ready for JSON.

    Raises NotFound if it was erased.
    """
    person = registration_of(ports.store, id).person
    return {
        keeping.listed_as: [dict(keeping.told(each)) for each in _about(ports.store, kind, person)]
        for kind, keeping in _kinds(ports)
    }


def erase(ports: Ports, id: str) -> None:
    """Erase the owner of a registration from every room. Raises NotFound if that was done."""

    def work(store: Transaction) -> None:
        person = registration_of(store, id).person
        found = [(kind, each.id) for kind, _ in _kinds(ports) for each in _about(store, kind, person)]
        for kind, one in found:
            store.delete(kind, one)

    ports.store.transact(work)


def _kinds(ports: Ports) -> Iterator[tuple[type[Document], OfPerson]]:
    for kind in ports.declared.documents:
        if isinstance(kind.keeping, OfPerson):
            yield kind, kind.keeping


def _about(store: Reader, kind: type[Document], person: str) -> list[Document]:
    return list(store.query(kind, Query(equal={"person": person}, limit=MANY)))
