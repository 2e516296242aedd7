"""One attempt at a transaction on Firestore."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from dela.store import firestore_wire as wire
from dela.store.checks import CheckedTransaction, Write
from dela.store.contract import Query
from dela.store.documents import Document
from dela.store.firestore_calls import FirestoreClient
from dela.store.firestore_reading import Reading

D = TypeVar("D", bound=Document)
R = TypeVar("R")

ROLLBACK_SECONDS = 2.0


class FirestoreTransaction(CheckedTransaction):
    """See store/contract.py, Transaction. One that only writes needs no transaction, and no lock, of the server.

    It is begun by a call of its own: if the answer to that is lost, nothing is locked yet.
    """

    def __init__(self, client: FirestoreClient, reading: Reading, operation: str, aborted: bytes | None) -> None:
        super().__init__()
        self._client, self._reading, self._operation, self._aborted = client, reading, operation, aborted
        self._open = False

    def _get(self, kind: type[D], id: str) -> D | None:
        return self._begun(lambda reading: reading.get(kind, id))

    def _query(self, kind: type[D], query: Query) -> Sequence[D]:
        return self._begun(lambda reading: reading.query(kind, query))

    def _ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        return self._begun(lambda reading: reading.ids(kind, query))

    def _count(self, kind: type[Document], query: Query) -> int:
        return self._begun(lambda reading: reading.count(kind, query))

    @property
    def id(self) -> bytes | None:
        """The server's id of this transaction, if it was begun."""
        return self._reading.transaction

    def fetch(self, names: Sequence[str]) -> Sequence[Any]:
        """The fields of documents, read inside the transaction."""
        return self._begun(lambda reading: reading.fetch(names))

    def witnesses(self) -> list[str]:
        """The resource names by which one sees whether this was carried out.

        That is a document that it created or put, or else all that it deleted after having seen them.
        """
        written = [write for write in self.writes if write.text is not None]
        if written:
            first = next((write for write in written if write.new), written[0])
            return [self._reading.name(first.kind, first.id)]
        names = [self._reading.name(write.kind, write.id) for write in self.writes]
        return [name for name in names if name in self._reading.histories]

    def commit(self) -> None:
        """Carry out what was written, all or nothing. Raises google.api_core's errors."""
        if self.writes:
            writes = [self._in_form(write) for write in self.writes]
            with _closed_is_aborted():
                self._reading.call("commit", database=self._client.database, writes=writes)
            self._open = False

    def end(self) -> bool:
        """Give the server's locks back if they may still be held; answers whether it has said that they are free.

        That is said even of a transaction that it has aborted, because what was heard may not be what it said.
        """
        from google.api_core.exceptions import GoogleAPICallError, InvalidArgument

        if self._open:
            request = {"database": self._client.database, "transaction": self.id}
            try:
                self._client.call("rollback", request, ROLLBACK_SECONDS)
            except InvalidArgument:
                self._open = False
            except GoogleAPICallError:
                return False
            self._open = False
        return True

    def _begun(self, read: Callable[[Reading], R]) -> R:
        reading = self._reading
        if not self._open:
            again = {} if self._aborted is None else {"retry_transaction": self._aborted}
            begun = reading.call("begin_transaction", database=self._client.database, options={"read_write": again})
            reading.transaction, self._open = begun.transaction, True
        with _closed_is_aborted():
            return read(reading)

    def _in_form(self, write: Write) -> dict[str, Any]:
        name = self._reading.name(write.kind, write.id)
        if write.text is None:
            return {"delete": name}
        fields = wire.fields_of(write.text, self._operation, self._reading.histories.get(name, ""))
        condition = {"current_document": {"exists": False}} if write.new else {}
        return {"update": {"name": name, "fields": fields}, **condition}


@contextmanager
def _closed_is_aborted() -> Iterator[None]:
    """A transaction that the server has closed meanwhile is begun anew, like one that it has aborted.

    It says so as INVALID_ARGUMENT, the word for our own mistakes (googleapis/google-cloud-dotnet issue 12669).
    """
    from google.api_core import exceptions

    try:
        yield
    except exceptions.InvalidArgument as error:
        if "transaction" in str(error).lower():
            raise exceptions.Aborted("the transaction is closed") from error
        raise
