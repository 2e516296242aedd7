"""The document store in one SQLite file: a table for each collection, documents as JSON."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from dela.store import sqlite_queries as queries
from dela.store.checks import CheckedReader, CheckedTransaction, Write
from dela.store.contract import Operations, Query, Transaction
from dela.store.documents import Document
from dela.store.sqlite_connections import Connections, create_private, transaction, translated

D = TypeVar("D", bound=Document)
R = TypeVar("R")


class SqliteStore(CheckedReader):
    """See store/contract.py. Nothing is opened before the first use.

    `run_twice` runs the work of every transaction twice, as Firestore may: for tests.
    """

    def __init__(self, path: Path, *, run_twice: bool = False) -> None:
        self._connections = Connections(path, "FULL")
        self._run_twice = run_twice
        self._known: set[str] = set()
        self.operations = Operations()

    def create(self, document: Document) -> None:
        """See store/contract.py."""
        self.transact(lambda writing: writing.create(document))

    def transact(self, work: Callable[[Transaction], R]) -> R:
        """See store/contract.py."""
        with self._connections.lock, translated():
            connection = self._connections.writer()
            if self._run_twice:
                with self._tables_kept(), transaction(connection, keep=False):
                    _SqliteTransaction(self, connection, Operations()).run(work)
                self._known.clear()
            running = _SqliteTransaction(self, connection, self.operations)
            with self._tables_kept(), transaction(connection):
                result = running.run(work)
            self.operations.add(writes=running.written, deletes=running.deleted)
            return result

    def backup(self, target: Path) -> None:
        """Copy the whole file to `target`, its owner's only, consistent although others write meanwhile."""
        with translated():
            create_private(target)
            with closing(sqlite3.connect(target)) as copy:
                self._connections.reader().backup(copy)

    def close(self) -> None:
        """See store/contract.py."""
        self._connections.close()

    def _get(self, kind: type[D], id: str) -> D | None:
        with self._reading(kind) as connection:
            return queries.get(connection, self.operations, kind, id)

    def _query(self, kind: type[D], query: Query) -> Sequence[D]:
        with self._reading(kind) as connection:
            return queries.query(connection, self.operations, kind, query)

    def _ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        with self._reading(kind) as connection:
            return queries.ids(connection, self.operations, kind, query)

    def _count(self, kind: type[Document], query: Query) -> int:
        with self._reading(kind) as connection:
            return queries.count(connection, self.operations, kind, query)

    @contextmanager
    def _reading(self, kind: type[Document]) -> Iterator[sqlite3.Connection]:
        with translated():
            reader = self._connections.reader()
            if kind.collection not in self._known and not self._is_made(reader, kind):
                with self._connections.lock:
                    connection = self._connections.writer()
                    with self._tables_kept(), transaction(connection):
                        self._create_table(connection, kind)
            yield reader

    def _is_made(self, connection: sqlite3.Connection, kind: type[Document]) -> bool:
        """Whether table and indexes are there: then whoever only reads needs no turn at writing."""
        names = {kind.collection, *(_index(kind, fields) for fields in kind.indexes)}
        rows = connection.execute("SELECT name FROM sqlite_master WHERE tbl_name = ?", (kind.collection,))
        made = names <= {row[0] for row in rows}
        if made:
            self._known.add(kind.collection)
        return made

    @contextmanager
    def _tables_kept(self) -> Iterator[None]:
        """Forget the tables that a transaction made if it is rolled back: they go with it."""
        known = set(self._known)
        try:
            yield
        except BaseException:
            self._known = known
            raise

    def _create_table(self, connection: sqlite3.Connection, kind: type[Document]) -> None:
        """Make the collection's table and indexes, before its first use by this process."""
        table = kind.collection
        if table in self._known:
            return
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID"
        )
        for fields in kind.indexes:
            columns = ", ".join(queries.column(field) for field in fields)
            connection.execute(f'CREATE INDEX IF NOT EXISTS "{_index(kind, fields)}" ON {table} ({columns}, id)')
        self._known.add(table)


class _SqliteTransaction(CheckedTransaction):
    """See store/contract.py, Transaction."""

    def __init__(self, store: SqliteStore, connection: sqlite3.Connection, operations: Operations) -> None:
        super().__init__()
        self._store, self._connection, self._operations = store, connection, operations

    def run(self, work: Callable[[Transaction], R]) -> R:
        """Do the work and carry out what it wrote. Raises sqlite3.IntegrityError if an id to create exists."""
        result = work(self)
        for write in self.writes:
            self._carry_out(write)
        return result

    def _get(self, kind: type[D], id: str) -> D | None:
        return queries.get(self._prepared(kind), self._operations, kind, id)

    def _query(self, kind: type[D], query: Query) -> Sequence[D]:
        return queries.query(self._prepared(kind), self._operations, kind, query)

    def _ids(self, kind: type[Document], query: Query) -> Sequence[str]:
        return queries.ids(self._prepared(kind), self._operations, kind, query)

    def _count(self, kind: type[Document], query: Query) -> int:
        return queries.count(self._prepared(kind), self._operations, kind, query)

    def _carry_out(self, write: Write) -> None:
        connection, table = self._prepared(write.kind), write.kind.collection
        if write.text is None:
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (write.id,))  # noqa: S608 (name of a class)
            return
        verb = "INSERT" if write.new else "INSERT OR REPLACE"
        connection.execute(f"{verb} INTO {table} (id, body) VALUES (?, ?)", (write.id, write.text))

    def _prepared(self, kind: type[Document]) -> sqlite3.Connection:
        self._store._create_table(self._connection, kind)
        return self._connection


def _index(kind: type[Document], fields: tuple[str, ...]) -> str:
    return f"{kind.collection} by {' and '.join(fields)}"
