"""The document store on Firestore (native mode)."""

from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, TypeVar

from dela.errors import Conflict
from dela.store import firestore_wire as wire
from dela.store.checks import CheckedReader
from dela.store.contract import Operations, Query, Transaction
from dela.store.documents import Document
from dela.store.firestore_calls import FirestoreClient, Patience, is_passing, repeated
from dela.store.firestore_reading import Reading
from dela.store.firestore_transaction import FirestoreTransaction

D = TypeVar("D", bound=Document)
R = TypeVar("R")


class FirestoreStore(CheckedReader):
    """See store/contract.py. `emulator` is HOST:PORT of Google's emulator, or empty for the real one."""

    def __init__(self, project: str, database: str, emulator: str = "") -> None:
        self._client = FirestoreClient(project, database, emulator)
        self.operations = Operations()

    def create(self, document: Document) -> None:
        """See store/contract.py."""
        self.transact(lambda transaction: transaction.create(document))

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """See store/contract.py."""
        run = _Run(self._client, self.operations, work)
        result: R = repeated(run.attempt)
        return result

    def close(self) -> None:
        """See store/contract.py."""
        self._client.close()

    def _get(self, kind: type[D], id: str) -> D | None:
        return repeated(lambda patience: self._reading(patience).get(kind, id))

    def _query(self, kind: type[D], query: Query) -> Sequence[D]:
        return repeated(lambda patience: self._reading(patience).query(kind, query))

    def _ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        return repeated(lambda patience: self._reading(patience).ids(kind, query))

    def _count(self, kind: type[Document], query: Query) -> int:
        return repeated(lambda patience: self._reading(patience).count(kind, query))

    def _reading(self, patience: Patience) -> Reading:
        return Reading(self._client, self.operations, patience)


class _Run:
    """One call of `transact` with all its attempts.

    They share one operation id, because a commit whose answer was lost may be carried out late: whatever attempt it
    came from, it is recognised as this call's. An attempt in doubt is looked for by the next one, inside its
    transaction: either it is seen, or the locks (the versions) that it needs are gone for good. One whose locks
    could not be given back, because the network was away, is ended before the next begins.
    """

    def __init__(self, client: FirestoreClient, operations: Operations, work: Callable[[Transaction], Any]) -> None:
        self._client, self._operations, self._work = client, operations, work
        self._operation = token_hex(8)
        self._in_doubt: list[tuple[FirestoreTransaction, Any]] = []
        self._aborted: bytes | None = None
        self._unended: list[FirestoreTransaction] = []

    def attempt(self, patience: Patience) -> Any:
        """The work's result, once it is committed. Raises Conflict, what the work raises, and google.api_core's."""
        reading = Reading(self._client, self._operations, patience)
        transaction = FirestoreTransaction(self._client, reading, self._operation, self._aborted)
        self._unended = [earlier for earlier in self._unended if not earlier.end()]
        try:
            for earlier, result in self._in_doubt:
                if self._shows(earlier, transaction.fetch):
                    return self._done(earlier, result)
            result = self._work(transaction)
            return self._commit(transaction, result, patience)
        finally:
            if not transaction.end():
                self._unended.append(transaction)

    def _commit(self, transaction: FirestoreTransaction, result: Any, patience: Patience) -> Any:
        from google.api_core import exceptions

        try:
            transaction.commit()
        except exceptions.AlreadyExists as error:
            outside = Reading(self._client, self._operations, patience)
            for earlier, its_result in self._in_doubt:
                if self._shows(earlier, outside.fetch):
                    return self._done(earlier, its_result)
            raise Conflict("exists") from error
        except exceptions.Aborted:
            self._aborted = transaction.id
            raise
        except exceptions.GoogleAPICallError as error:
            if is_passing(error):
                self._in_doubt.append((transaction, result))
            raise
        return self._done(transaction, result)

    def _shows(self, attempt: FirestoreTransaction, fetch: Callable[[Sequence[str]], Sequence[Any]]) -> bool:
        """Whether what an attempt wrote is there."""
        names = attempt.witnesses()
        found = fetch(names) if names else []
        if attempt.written:
            return any(fields and self._operation in wire.operations_of(fields).split() for fields in found)
        return bool(found) and not any(found)

    def _done(self, transaction: FirestoreTransaction, result: Any) -> Any:
        self._operations.add(writes=transaction.written, deletes=transaction.deleted)
        return result
