"""What the adapters on SQLite share: how a connection is opened, and what its errors mean."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, local

from dela.errors import Conflict, TemporaryFailure

WAIT_SECONDS = 10.0
"""How long a write waits for another process's, before it is a temporary failure."""


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a connection in autocommit mode: transactions are begun in words.

    FULL puts every commit on disk before it returns; NORMAL may lose the last ones in a power cut, never the file.
    What is deleted is overwritten with zeros, so that erased people are not in the file either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into Dela's: an id that exists is a Conflict, a lock or a full disk passes."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict("exists") from error
    except sqlite3.OperationalError as error:
        raise TemporaryFailure(f"the database file can't be used now: {error}") from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # what is left of the family are mistakes of the caller's
            raise
        raise TemporaryFailure(f"the database file is damaged: {error}") from error


class Turn:
    """A lock whose wait ends as SQLite's own does. Raises TemporaryFailure then."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise TemporaryFailure("the database file is busy")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_turns: dict[tuple[int, Path], Turn] = {}
"""The one lock of each process for each file."""


class Connections:
    """The connections of one adapter to its file: one for writing, and one per thread for reading.

    They are opened at first use, by the process that uses them: SQLite's must not cross a fork. Adapters on the same
    file share one lock: where a thread would find the file locked by another of its process, SQLite sleeps for whole
    milliseconds before it looks again.
    """

    def __init__(self, path: Path, synchronous: str, schema: str = "") -> None:
        self._path, self._synchronous, self._schema = path, synchronous, schema
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self.lock = _turns.setdefault((self._pid, self._path.absolute()), Turn())
        self._writer: sqlite3.Connection | None = None
        self._threads = local()

    def writer(self) -> sqlite3.Connection:
        """The connection for writing; hold `lock` while using it."""
        if self._pid != os.getpid():
            self._start()
        if self._writer is None:
            self._writer = connect(self._path, synchronous=self._synchronous)
            if self._schema:
                self._writer.execute(self._schema)
        return self._writer

    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        if self._pid != os.getpid():
            self._start()
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = self._threads.connection = connect(self._path, synchronous=self._synchronous)
            connection.execute("PRAGMA query_only = ON")
        return connection

    def close(self) -> None:
        """Close the writer and this thread's reader."""
        for connection in (self._writer, getattr(self._threads, "connection", None)):
            if connection is not None:
                connection.close()
        self._start()


@contextmanager
def transaction(connection: sqlite3.Connection, *, keep: bool = True) -> Iterator[None]:
    """A transaction that holds the file's write lock from its start; rolled back on any error, or if not to `keep`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT" if keep else "ROLLBACK")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
