"""The document store in one SQLite file: a table for each collection, documents as JSON."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dela.adapters.sqlite import Connections, transaction, translated
from dela.adapters.store_query import count_reads, refuse_undeclared
from dela.domain.documents import Document
from dela.ports.store import Operations, Query, Transaction

D = TypeVar("D", bound=Document)
R = TypeVar("R")


class SqliteStore:
    """See ports/store.py. Nothing is opened before the first use.

    `run_twice` runs the work of every transaction twice, as Firestore may: for tests.
    """

    def __init__(self, path: Path, *, run_twice: bool = False) -> None:
        self._connections = Connections(path, "FULL")
        self._run_twice = run_twice
        self._known: set[str] = set()
        self.operations = Operations()

    def get(self, kind: type[D], id: str) -> D | None:
        """See ports/store.py."""
        with translated():
            self._prepare(kind)
            return _get(self._connections.reader(), self.operations, kind, id)

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        """See ports/store.py."""
        refuse_undeclared(kind, query)
        with translated():
            self._prepare(kind)
            return _query(self._connections.reader(), self.operations, kind, query)

    def count(self, kind: type[Document], query: Query) -> int:
        """See ports/store.py."""
        refuse_undeclared(kind, query)
        with translated():
            self._prepare(kind)
            return _count(self._connections.reader(), self.operations, kind, query)

    def create(self, document: Document) -> None:
        """See ports/store.py."""
        self.transact(lambda writing: writing.create(document))

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """See ports/store.py."""
        with self._connections.lock, translated():
            connection = self._connections.writer()
            if self._run_twice:
                with self._tables_kept(), transaction(connection, keep=False):
                    work(_SqliteTransaction(self, connection, Operations()))
                self._known.clear()
            with self._tables_kept(), transaction(connection):
                return work(_SqliteTransaction(self, connection, self.operations))

    def backup(self, target: Path) -> None:
        """Copy the whole file to `target`, consistent although others write meanwhile."""
        copy = sqlite3.connect(target)
        try:
            with translated():
                self._connections.reader().backup(copy)
        finally:
            copy.close()

    def close(self) -> None:
        """Close the connections of this thread and the writer."""
        self._connections.close()

    @contextmanager
    def _tables_kept(self) -> Iterator[None]:
        """Forget the tables that a transaction made if it is rolled back: they go with it."""
        known = set(self._known)
        try:
            yield
        except BaseException:
            self._known = known
            raise

    def _prepare(self, kind: type[Document]) -> None:
        if kind.collection not in self._known:
            with self._connections.lock:
                self._create_table(self._connections.writer(), kind)

    def _create_table(self, connection: sqlite3.Connection, kind: type[Document]) -> None:
        """Make the collection's table and indexes, before its first use by this process."""
        if kind.collection in self._known:
            return
        table = kind.collection
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID"
        )
        for fields in kind.indexes:
            columns = ", ".join(_column(field) for field in fields)
            name = f"{table}_{'_'.join(fields)}"
            connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns}, id)")
        self._known.add(table)


class _SqliteTransaction:
    """See ports/store.py, Transaction."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection, operations: Operations) -> None:
        self._store, self._connection, self._operations = store, connection, operations
        self._written = False

    def get(self, kind: type[D], id: str) -> D | None:
        self._reading(kind)
        return _get(self._connection, self._operations, kind, id)

    def query(self, kind: type[D], query: Query) -> Sequence[D]:
        refuse_undeclared(kind, query)
        self._reading(kind)
        return _query(self._connection, self._operations, kind, query)

    def count(self, kind: type[Document], query: Query) -> int:
        refuse_undeclared(kind, query)
        self._reading(kind)
        return _count(self._connection, self._operations, kind, query)

    def create(self, document: Document) -> None:
        self._write("INSERT", document)

    def put(self, document: Document) -> None:
        self._write("INSERT OR REPLACE", document)

    def delete(self, kind: type[Document], id: str) -> None:
        self._writing(kind)
        self._connection.execute(f"DELETE FROM {kind.collection} WHERE id = ?", (id,))  # noqa: S608 (name of a class)
        self._operations.deletes += 1

    def _write(self, verb: str, document: Document) -> None:
        self._writing(type(document))
        sql = f"{verb} INTO {document.collection} (id, body) VALUES (?, ?)"
        self._connection.execute(sql, (document.id, document.model_dump_json()))
        self._operations.writes += 1

    def _reading(self, kind: type[Document]) -> None:
        if self._written:
            raise RuntimeError("a transaction reads before it writes")
        self._store._create_table(self._connection, kind)

    def _writing(self, kind: type[Document]) -> None:
        self._written = True
        self._store._create_table(self._connection, kind)


def _get(connection: sqlite3.Connection, operations: Operations, kind: type[D], id: str) -> D | None:
    operations.reads += 1
    sql = f"SELECT body FROM {kind.collection} WHERE id = ?"  # noqa: S608 (name of a class)
    row = connection.execute(sql, (id,)).fetchone()
    return kind.model_validate_json(row[0]) if row else None


def _query(connection: sqlite3.Connection, operations: Operations, kind: type[D], query: Query) -> list[D]:
    where, values = _conditions(query)
    order = f"{_column(query.range_field)}, id" if query.range_field else "id"
    sql = f"SELECT body FROM {kind.collection}{where} ORDER BY {order} LIMIT ?"  # noqa: S608 (names of fields)
    rows = connection.execute(sql, (*values, query.limit)).fetchall()
    operations.reads += max(1, len(rows))
    return [kind.model_validate_json(row[0]) for row in rows]


def _count(connection: sqlite3.Connection, operations: Operations, kind: type[Document], query: Query) -> int:
    where, values = _conditions(query, cursor=False)
    sql = f"SELECT count(*) FROM {kind.collection}{where}"  # noqa: S608 (names of fields)
    count = int(connection.execute(sql, values).fetchone()[0])
    operations.reads += count_reads(count)
    return count


def _conditions(query: Query, *, cursor: bool = True) -> tuple[str, list[object]]:
    terms = [f"{_column(field)} {'IS' if value is None else '='} ?" for field, value in query.equal.items()]
    values: list[object] = list(query.equal.values())
    if query.range_field:
        column = _column(query.range_field)
        terms.append(f"{column} IS NOT NULL")
        for sign, bound in ((">=", query.at_least), ("<", query.below)):
            if bound is not None:
                terms.append(f"{column} {sign} ?")
                values.append(bound)
    if cursor and query.after is not None:
        term, more = _past(query, query.after)
        terms.append(term)
        values += more
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), values


def _past(query: Query, last: Document) -> tuple[str, list[object]]:
    """The condition for everything that comes after a document in the query's order."""
    if query.range_field is None or query.range_field == "id":
        return "id > ?", [last.id]
    value = last.model_dump(mode="json", include={query.range_field})[query.range_field]
    return f"({_column(query.range_field)}, id) > (?, ?)", [value, last.id]


def _column(field: str) -> str:
    return "id" if field == "id" else f"json_extract(body, '$.{field}')"
