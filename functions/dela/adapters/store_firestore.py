"""The document store on Firestore (native mode)."""

import os
from collections.abc import Callable, Sequence
from random import uniform
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar
from uuid import uuid4

from dela.adapters.store_query import count_reads, refuse_undeclared
from dela.domain.documents import Document
from dela.errors import Conflict, TemporaryFailure
from dela.ports.store import Operations, Query, Transaction

D = TypeVar("D", bound=Document)
R = TypeVar("R")

OPERATION = "_op"
"""The field in which a write says which call it comes from, so that a lost answer can be told from somebody else's."""
CALL_SECONDS = 10.0
DEADLINE_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


class FirestoreStore:
    """See ports/store.py. The client is made at first use, one for each process.

    Firestore's client repeats a commit by itself when its answer is lost, and then answers AlreadyExists to one's own
    write (googleapis/python-firestore, transports/base.py). Here no call repeats by itself: this adapter does, after
    having read back what became of the write.
    """

    def __init__(self, project: str, database: str) -> None:
        self._project, self._database = project, database
        self._lock = Lock()
        self._opened: Any = None
        self._pid = 0
        self.operations = Operations()

    def get(self, kind: type[D], id: str) -> D | None:
        """See ports/store.py."""
        return _repeated(lambda: _get(self._client(), None, self.operations, kind, id))

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """See ports/store.py."""
        refuse_undeclared(kind, query)
        return _repeated(lambda: _query(self._client(), None, self.operations, kind, query))

    def count(self, kind: type[Document], query: Query) -> int:
        """See ports/store.py."""
        refuse_undeclared(kind, query)
        return _repeated(lambda: _count(self._client(), None, self.operations, kind, query))

    def create(self, document: Document) -> None:
        """See ports/store.py."""
        self.transact(lambda transaction: transaction.create(document))

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """See ports/store.py."""

        def attempt() -> R:
            return self._attempt(work)

        return _repeated(attempt)

    def _attempt(self, work: Callable[[Transaction], R]) -> R:
        transaction = _FirestoreTransaction(self._client())
        try:
            result = work(transaction)
        except BaseException:
            transaction.give_up()
            raise
        transaction.commit()
        self.operations.reads += transaction.operations.reads
        self.operations.writes += transaction.operations.writes
        self.operations.deletes += transaction.operations.deletes
        return result

    def _client(self) -> Any:
        with self._lock:
            if self._opened is None or self._pid != os.getpid():
                from google.cloud import firestore

                self._opened = firestore.Client(project=self._project, database=self._database)
                self._pid = os.getpid()
            return self._opened


class _FirestoreTransaction:
    """See ports/store.py, Transaction. A transaction that only creates needs no reads, and no lock, of the server."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._transaction: Any = None
        self._writes: list[Callable[[Any], None]] = []
        self._written: list[Any] = []
        self._created: list[Any] = []
        self._operation = uuid4().hex
        self.operations = Operations()

    def get(self, kind: type[D], id: str) -> D | None:
        return _get(self._client, self._reading(), self.operations, kind, id)

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        refuse_undeclared(kind, query)
        return _query(self._client, self._reading(), self.operations, kind, query)

    def count(self, kind: type[Document], query: Query) -> int:
        refuse_undeclared(kind, query)
        return _count(self._client, self._reading(), self.operations, kind, query)

    def create(self, document: Document) -> None:
        reference, data = self._writing(document)
        self._created.append(reference)
        self._writes.append(lambda batch: batch.create(reference, data))

    def put(self, document: Document) -> None:
        reference, data = self._writing(document)
        self._writes.append(lambda batch: batch.set(reference, data))

    def delete(self, kind: type[Document], id: str) -> None:
        reference = self._client.collection(kind.collection).document(id)
        self._writes.append(lambda batch: batch.delete(reference))
        self.operations.deletes += 1

    def commit(self) -> None:
        """Write everything. Raises Conflict if an id to create exists, and _Again if nothing was written."""
        from google.api_core import exceptions

        if not self._writes:
            self.give_up()
            return
        batch = self._transaction or self._client.batch()
        for write in self._writes:
            write(batch)
        try:
            if self._transaction is None:
                batch.commit(retry=None, timeout=CALL_SECONDS)
            else:
                _commit_once(self._client, batch)
        except exceptions.GoogleAPICallError as error:
            if self._was_written():
                return
            self.give_up()
            if isinstance(error, exceptions.AlreadyExists):
                raise Conflict("exists") from error
            raise

    def give_up(self) -> None:
        """Give the server's locks back; one that does not answer lets go of them by itself."""
        from google.api_core import exceptions

        if self._transaction is not None and self._transaction.in_progress:
            try:
                self._transaction._rollback()
            except (exceptions.GoogleAPICallError, ValueError):
                return

    def _reading(self) -> Any:
        if self._writes:
            raise RuntimeError("a transaction reads before it writes")
        if self._transaction is None:
            self._transaction = self._client.transaction()
            self._transaction._begin()
        return self._transaction

    def _writing(self, document: Document) -> tuple[Any, dict[str, Any]]:
        reference = self._client.collection(document.collection).document(document.id)
        self._written.append(reference)
        self.operations.writes += 1
        return reference, {**document.model_dump(mode="json"), OPERATION: self._operation}

    def _was_written(self) -> bool:
        """Whether this commit's writes are there although its answer says, or lacks, otherwise."""
        if not self._written:
            return False
        first = self._written[0]
        snapshot = _repeated(lambda: first.get(retry=None, timeout=CALL_SECONDS))
        return bool(snapshot.exists and snapshot.get(OPERATION) == self._operation)


def _commit_once(client: Any, transaction: Any) -> None:
    """Commit a begun transaction without the client's own repetitions, which would hide what happened."""
    client._firestore_api.commit(
        request={
            "database": client._database_string,
            "writes": transaction._write_pbs,
            "transaction": transaction.id,
        },
        metadata=client._rpc_metadata,
        retry=None,
        timeout=CALL_SECONDS,
    )
    transaction._clean_up()


def _repeated(call: Callable[[], R]) -> R:
    """The answer of `call`, tried again with a varying, growing pause while Firestore is busy or away.

    Raises TemporaryFailure in the end.
    """
    from google.api_core import exceptions

    passing = (
        exceptions.Aborted,
        exceptions.ServerError,
        exceptions.TooManyRequests,
        exceptions.RetryError,
        exceptions.InvalidArgument,  # a transaction that the server has given up: "invalid or closed"
    )
    give_up, pause = monotonic() + DEADLINE_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return call()
        except passing as error:
            if monotonic() + pause > give_up:
                raise TemporaryFailure("the store can't answer now") from error
        sleep(pause * uniform(0.5, 1.5))  # noqa: S311  (spreads load, guards nothing)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _get(client: Any, transaction: Any, operations: Operations, kind: type[D], id: str) -> D | None:
    reference = client.collection(kind.collection).document(id)
    snapshot = reference.get(transaction=transaction, retry=None, timeout=CALL_SECONDS)
    operations.reads += 1
    return kind.model_validate(snapshot.to_dict()) if snapshot.exists else None


def _query(client: Any, transaction: Any, operations: Operations, kind: type[D], query: Query) -> list[D]:
    ordered = _ordered(_filtered(client, kind, query), query).limit(query.limit)
    snapshots = list(ordered.stream(transaction=transaction, retry=None, timeout=CALL_SECONDS))
    operations.reads += max(1, len(snapshots))
    return [kind.model_validate(snapshot.to_dict()) for snapshot in snapshots]


def _count(client: Any, transaction: Any, operations: Operations, kind: type[Document], query: Query) -> int:
    found = _filtered(client, kind, query).count()
    results = list(found.stream(transaction=transaction, retry=None, timeout=CALL_SECONDS))
    count = int(results[0][0].value)
    operations.reads += count_reads(count)
    return count


def _filtered(client: Any, kind: type[Document], query: Query) -> Any:
    from google.cloud.firestore_v1.base_query import FieldFilter

    found = client.collection(kind.collection)
    for field, value in query.equal.items():
        found = found.where(filter=FieldFilter(field, "==", value))
    if query.range_field is not None:
        # Text and numbers sort after None, which a range never finds.
        found = found.where(filter=FieldFilter(query.range_field, "!=", None)) if _unbounded(query) else found
        for sign, bound in ((">=", query.at_least), ("<", query.below)):
            if bound is not None:
                found = found.where(filter=FieldFilter(query.range_field, sign, bound))
    return found


def _unbounded(query: Query) -> bool:
    return query.at_least is None and query.below is None


def _ordered(found: Any, query: Query) -> Any:
    if query.range_field is not None:
        found = found.order_by(query.range_field)
    found = found.order_by("__name__")
    if query.after is None:
        return found
    cursor = {"__name__": found._parent.document(query.after.id)}
    if query.range_field is not None:
        stored = query.after.model_dump(mode="json", include={query.range_field})
        cursor[query.range_field] = stored[query.range_field]
    return found.start_after(cursor)
