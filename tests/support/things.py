"""Documents that only tests store, with every shape that a query meets."""

from typing import ClassVar

from dela.store.contract import Operations
from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody


class Thing(Document):
    collection: ClassVar[str] = "things"
    keeping = OfNobody()
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("group", "rank"), ("group", "name"), ("flag", "group", "rank"))

    group: str = "a"
    rank: int | None = 0
    name: str | None = ""
    flag: bool | None = False
    at: Instant | None = None
    marks: tuple[str, ...] = ()
    places: dict[str, int] = {}  # noqa: RUF012  (pydantic copies it)


class Seat(Document):
    collection: ClassVar[str] = "seats"
    keeping = OfNobody()

    room: str
    taken: bool = True


class Counter(Document):
    collection: ClassVar[str] = "counters"
    keeping = OfNobody()

    value: int = 0


def operations_in(store, act) -> Operations:
    """What `act` costs."""
    before = (store.operations.reads, store.operations.writes, store.operations.deletes)
    act()
    after = (store.operations.reads, store.operations.writes, store.operations.deletes)
    return Operations(*(b - a for a, b in zip(before, after, strict=True)))
