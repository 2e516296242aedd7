"""What all stores do alike before they ask their database: refuse the impossible, and keep back what is written."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from dela.store.contract import Query
from dela.store.documents import Document
from dela.store.query_checks import refuse_impossible
from dela.store.size_limits import TRANSACTION_BYTES, is_possible_id, stored_text

D = TypeVar("D", bound=Document)


class CheckedReader(ABC):
    """The reading half of a store or a transaction: an adapter adds what has an underscore."""

    def get(self, kind: type[D], id: str) -> D | None:
        """See store/contract.py."""
        self._may_read()
        return self._get(kind, id) if is_possible_id(id) else None

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """See store/contract.py."""
        self._may_read()
        refuse_impossible(kind, query)
        return self._query(kind, query)

    def ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        """See store/contract.py."""
        self._may_read()
        refuse_impossible(kind, query)
        return self._ids(kind, query)

    def count(self, kind: type[Document], query: Query) -> int:
        """See store/contract.py."""
        self._may_read()
        refuse_impossible(kind, query)
        return self._count(kind, query)

    def _may_read(self) -> None:  # noqa: B027  (a store may always be read)
        """Raise RuntimeError if it is too late for reading."""

    @abstractmethod
    def _get(self, kind: type[D], id: str) -> D | None: ...

    @abstractmethod
    def _query(self, kind: type[D], query: Query) -> Sequence[D]: ...

    @abstractmethod
    def _ids(self, kind: type[Document], query: Query) -> Sequence[str]: ...

    @abstractmethod
    def _count(self, kind: type[Document], query: Query) -> int: ...


@dataclass(frozen=True, slots=True)
class Write:
    """One change that a transaction makes: `text` is the document's JSON, None deletes; `new` must not exist."""

    kind: type[Document]
    id: str
    text: str | None
    new: bool = False


class CheckedTransaction(CheckedReader):
    """See store/contract.py, Transaction. Writes are collected; the adapter carries them out when the work is done."""

    def __init__(self) -> None:
        self._collected: list[Write] = []
        self._keys: set[tuple[str, str]] = set()
        self._bytes = 0

    def create(self, document: Document) -> None:
        """See store/contract.py."""
        self._collect(Write(type(document), document.id, stored_text(document), new=True))

    def put(self, document: Document) -> None:
        """See store/contract.py."""
        self._collect(Write(type(document), document.id, stored_text(document)))

    def delete(self, kind: type[Document], id: str) -> None:
        """See store/contract.py."""
        if is_possible_id(id):
            self._collect(Write(kind, id, None))

    @property
    def writes(self) -> Sequence[Write]:
        """What was written, in order."""
        return self._collected

    @property
    def written(self) -> int:
        """How many documents are created or put."""
        return sum(write.text is not None for write in self._collected)

    @property
    def deleted(self) -> int:
        """How many documents are deleted."""
        return len(self._collected) - self.written

    def _may_read(self) -> None:
        if self._collected:
            raise RuntimeError("a transaction reads before it writes")

    def _collect(self, write: Write) -> None:
        if write.new and (write.kind.collection, write.id) in self._keys:
            raise ValueError(f"{write.kind.collection}: a transaction creates nothing that it has written before")
        self._bytes += len(write.id) + len(write.text or "")
        if self._bytes > TRANSACTION_BYTES:
            raise ValueError("a transaction may not write more than Firestore takes at once")
        self._collected.append(write)
        self._keys.add((write.kind.collection, write.id))
