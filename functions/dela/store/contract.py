"""The document store, as a port. The store decides: everything that may happen only once is decided by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol, TypeVar

from dela.store.documents import Document

D = TypeVar("D", bound=Document)
R = TypeVar("R")

Scalar = str | int | bool | None
NAMES_KEPT = 1000
"""Of so many documents a store remembers that it has logged them as unreadable."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which documents of a collection: all equalities, a range on at most one field, in order of that field, then id.

    `equal` maps field names to values. `range_field` is the one that `at_least` (inclusive) and `below` (exclusive)
    bound; either bound may be None. Without a range field the order is by id. Text is ordered by its UTF-8 bytes.
    Values compare as they are stored and with their type (1 is not True): pass times through `documents.instant_text`.
    `after` is a cursor: the last document of the page before. None finds None. A document that lacks a field is found
    by nothing that asks for that field; one that holds None in it is not found by a range on it.
    """

    equal: Mapping[str, Scalar] = field(default_factory=dict)
    range_field: str | None = None
    at_least: str | int | None = None
    below: str | int | None = None
    limit: int = 100
    after: Document | None = None


class Reader(Protocol):
    """What may be read, inside a transaction or outside.

    A document that does not fit this program's model (a newer program's, or a damaged one) can't be read. It is set
    aside: `query` goes on past it, `count` and `ids` take it in, and it can be deleted or replaced as any other. That
    is logged once for each, without its content, and counted in `Operations.unreadable`.
    """

    def get(self, kind: type[D], id: str) -> D | None:
        """The document of that id, or None; also for an id that no document can have. Raises Unreadable."""
        ...

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """The documents that match and can be read, ordered, at most `limit`: where there are fewer, it is the end.

        Raises ValueError for a combination of fields that `kind.indexes` does not declare, and for what no index
        of Firestore answers: lists, values of more than 1500 bytes, bounds of two types.
        """
        ...

    def ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        """The ids of what matches, readable or not, ordered, at most `limit`. Raises ValueError as `query` does."""
        ...

    def count(self, kind: type[Document], query: Query) -> int:
        """How many match, readable or not; `limit` and `after` are ignored. Raises ValueError as `query` does."""
        ...


class Transaction(Reader, Protocol):
    """Reads, then writes, that happen all or not at all. A read after a write raises RuntimeError, in every store.

    What Firestore can't hold raises ValueError: an id that is empty, long, reserved or holds a slash, a document of
    more than 1 MiB or 40,000 index entries, lists in lists; and so does a transaction that writes more than
    4 MiB, or creates what it has written before.
    """

    def create(self, document: Document) -> None:
        """Write a new document; at commit, Conflict is raised and nothing is written if its id exists."""
        ...

    def put(self, document: Document) -> None:
        """Write a document whether it exists or not.

        A copy of one that was read keeps the fields that this program does not know; nothing else in its place does.
        """
        ...

    def delete(self, kind: type[Document], id: str) -> None:
        """Remove a document; one that does not exist is fine."""
        ...


@dataclass(slots=True)
class Operations:
    """How many operations a store has billed since it was made, as Firestore would count them; how many it set aside.

    Reads are billed as they happen, also those of a transaction that comes to nothing; writes and deletes when they
    are committed. A get is one read; a query one for each document that it finds, one at least; a count one for each
    thousand, begun ones as whole (cloud.google.com/firestore/pricing).
    """

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    unreadable: int = 0
    _seen: set[str] = field(default_factory=set, repr=False, compare=False)
    _adding: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, reads: int = 0, writes: int = 0, deletes: int = 0) -> None:
        """Count some more, from any thread."""
        with self._adding:
            self.reads += reads
            self.writes += writes
            self.deletes += deletes

    def set_aside(self, name: str) -> bool:
        """Count a document that can't be read, by its collection and id; answers whether it is the first time.

        Of more than `NAMES_KEPT` none is a first time any more.
        """
        with self._adding:
            first = name not in self._seen and len(self._seen) < NAMES_KEPT
            if first:
                self._seen.add(name)
                self.unreadable += 1
            return first


class Store(Reader, Protocol):
    """Documents that survive: what a call has returned from is on disk (or in Google's hands).

    Nothing is opened before the first use, and nothing that is open is carried across a fork. Threads may share one.

    Every method raises TemporaryFailure when the store can't answer now (busy, away, disk full); then it is as if
    nothing had been called, except that a write whose answer was lost may have happened: each adapter finds that out
    by itself, so that `create` never answers Conflict for the caller's own write.
    """

    @property
    def operations(self) -> Operations:
        """What this object has read and written so far."""
        ...

    def get(self, kind: type[D], id: str) -> D | None:
        """See Reader; what was committed before the call is seen."""
        ...

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """See Reader."""
        ...

    def ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        """See Reader."""
        ...

    def count(self, kind: type[Document], query: Query) -> int:
        """See Reader."""
        ...

    def create(self, document: Document) -> None:
        """Write a new document. Raises Conflict if its id exists: of many callers exactly one returns."""
        ...

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """Run `work` in a transaction and answer its result, after the commit.

        `work` may run several times and has no effects outside; it must read before it writes. Two transactions that
        read what the other writes do not both succeed on what they read. What `work` raises rolls back and comes out.
        """
        ...

    def close(self) -> None:
        """Let go of connections, once nothing uses them any more; the next use opens new ones."""
        ...


class ReadOnlyStore:
    """A store for GET and HEAD: reading works, and every write raises, so that "a GET changes nothing" holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> Operations:
        """See Store."""
        return self._store.operations

    def get(self, kind: type[D], id: str) -> D | None:
        """See Store."""
        return self._store.get(kind, id)

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """See Store."""
        return self._store.query(kind, query)

    def ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        """See Store."""
        return self._store.ids(kind, query)

    def count(self, kind: type[Document], query: Query) -> int:
        """See Store."""
        return self._store.count(kind, query)

    def create(self, document: Document) -> None:
        """Refuses: raises RuntimeError."""
        raise RuntimeError(f"a GET must not create {document.collection}")

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """Refuses: raises RuntimeError."""
        raise RuntimeError("a GET must not open a transaction")

    def close(self) -> None:
        """See Store."""
        self._store.close()
