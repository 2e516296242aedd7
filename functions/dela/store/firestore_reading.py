"""Reading from Firestore, inside a transaction or outside."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from dela.store import firestore_wire as wire
from dela.store.contract import Operations, Query
from dela.store.documents import Document
from dela.store.firestore_calls import FirestoreClient, Patience
from dela.store.query_checks import count_reads, found_reads
from dela.store.readable import all_read, read

D = TypeVar("D", bound=Document)

COUNT = "n"


class Reading:
    """Reads of one attempt; `transaction` is the server's id of one, or None.

    `histories` keeps, by resource name, who wrote each document that was found.
    """

    def __init__(self, client: FirestoreClient, operations: Operations, patience: Patience) -> None:
        self._client, self._operations, self._patience = client, operations, patience
        self.transaction: bytes | None = None
        self.histories: dict[str, str] = {}

    def call(self, method: str, **request: Any) -> Any:
        """One call, in the transaction if there is one."""
        inside = {} if self.transaction is None else {"transaction": self.transaction}
        return self._client.call(method, {**request, **inside}, self._patience.seconds())

    def name(self, kind: type[Document], id: str) -> str:
        """The resource name of a document."""
        return f"{self._client.documents}/{kind.collection}/{id}"

    def get(self, kind: type[D], id: str) -> D | None:
        """The document of that id, or None. Raises Unreadable."""
        name = self.name(kind, id)
        fields = self.fetch([name])[0]
        return None if fields is None else read(self._operations, name, partial(wire.document_of, kind, id, fields))

    def fetch(self, names: Sequence[str]) -> list[Any]:
        """The fields of the documents of these resource names, None for those that do not exist."""
        answers = self.call("batch_get_documents", database=self._client.database, documents=names)
        found = {each.found.name: self._seen(each.found) for each in answers if each.found.name}
        self._operations.add(reads=len(names))
        return [found.get(name) for name in names]

    def query(self, kind: type[D], query: Query) -> list[D]:
        """The documents that match and can be read, in order; it goes on until there are enough of them."""
        found: list[D] = []
        structured = self._structured(kind, query)
        while len(found) < query.limit:
            structured["limit"] = wanted = query.limit - len(found)
            rows = self._run(structured)
            found += all_read(self._operations, ((name, _parse(kind, name, fields)) for name, fields in rows))
            if len(rows) < wanted:
                break
            structured["start_at"] = wire.start_past(query, *rows[-1])
        return found

    def ids(self, kind: type[Document], query: Query) -> list[str]:
        """The ids of those that match, in order."""
        rows = self._run({**self._structured(kind, query), "select": wire.NAMES_ONLY})
        return [_id(name) for name, _ in rows]

    def count(self, kind: type[Document], query: Query) -> int:
        """How many match."""
        counting = {
            "structured_query": wire.matching(kind, query),
            "aggregations": [{"count": {}, "alias": COUNT}],
        }
        answers = self.call(
            "run_aggregation_query", parent=self._client.documents, structured_aggregation_query=counting
        )
        count = sum(int(each.result.aggregate_fields[COUNT].integer_value) for each in answers if each.result)
        self._operations.add(reads=count_reads(count))
        return count

    def _structured(self, kind: type[Document], query: Query) -> dict[str, Any]:
        structured = wire.structured(kind, query)
        if query.after is not None:
            structured["start_at"] = wire.start_after(query, self.name(kind, query.after.id))
        return structured

    def _run(self, structured: dict[str, Any]) -> list[tuple[str, Any]]:
        """Resource names and fields of what a query finds."""
        answers = self.call("run_query", parent=self._client.documents, structured_query=structured)
        found = [(each.document.name, self._seen(each.document)) for each in answers if each.document.name]
        self._operations.add(reads=found_reads(len(found)))
        return found

    def _seen(self, document: Any) -> Any:
        fields = type(document).pb(document).fields
        self.histories[document.name] = wire.operations_of(fields)
        return fields


def _parse(kind: type[D], name: str, fields: Any) -> Callable[[], D]:
    return partial(wire.document_of, kind, _id(name), fields)


def _id(name: str) -> str:
    return name.rpartition("/")[2]
