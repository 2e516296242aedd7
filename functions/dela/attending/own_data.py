"""A person's right to their data, over all rooms: all of it in one file, or all of it gone."""

from collections.abc import Iterator
from typing import Any

from dela.attending.confirm import registration_of
from dela.attending.registration import Registration
from dela.errors import Unreadable
from dela.ports import Ports
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import Document
from dela.store.identity import parts_of
from dela.store.keeping import OfPerson

MANY = 500
"""More than one person can have: four meetings a year, some ten mails each, kept for a year."""


def export(ports: Ports, id: str) -> dict[str, Any]:
    """Everything that is stored about the owner of a registration, in any room, ready for JSON.

    What can't be read is counted in a list of its own, if there is any. Raises NotFound if it was erased.
    """
    mine = _about(_owner(ports.store, id))
    data: dict[str, Any] = {}
    unreadable: dict[str, int] = {}
    for kind, keeping in _kinds(ports):
        found = ports.store.query(kind, mine)
        data[keeping.listed_as] = [dict(keeping.told(each)) for each in found]
        if len(found) < mine.limit and (rest := ports.store.count(kind, mine) - len(found)) > 0:
            unreadable[keeping.listed_as] = rest
    return {**data, "unreadable": unreadable} if unreadable else data


def erase(ports: Ports, id: str) -> None:
    """Erase the owner of a registration from every room, readable or not. Raises NotFound if that was done."""

    def work(store: Transaction) -> None:
        mine = _about(_owner(store, id))
        found = {(kind, one) for kind, _ in _kinds(ports) for one in store.ids(kind, mine)} | {(Registration, id)}
        for kind, one in found:
            store.delete(kind, one)

    ports.store.transact(work)


def _kinds(ports: Ports) -> Iterator[tuple[type[Document], OfPerson]]:
    for kind in ports.declared.documents:
        if isinstance(kind.keeping, OfPerson):
            yield kind, kind.keeping


def _owner(store: Reader, id: str) -> str:
    """Whose registration this is; of one that can't be read its id says so. Raises NotFound."""
    try:
        return registration_of(store, id).person
    except Unreadable:
        return parts_of(id)[1]


def _about(person: str) -> Query:
    return Query(equal={"person": person}, limit=MANY)
