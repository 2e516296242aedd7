"""What the adapters on SQLite share: how a connection is opened, and what its errors mean."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, local
from weakref import WeakSet

from dela.errors import Broken, Conflict, TemporaryFailure
from dela.store.files import made

WAIT_SECONDS = 10.0
"""How long a write waits for another thread's or process's, before it is a temporary failure."""
LOG_BYTES = 16 * 1024 * 1024
"""What is left of the write-ahead log after a burst or a backup; it is emptied into the file every thousand pages."""
OWNER_ONLY = 0o600
_OURS = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE)
"""Mistakes in our SQL, which no waiting mends."""


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a connection in autocommit mode: transactions are begun in words.

    FULL puts every commit on disk before it returns; NORMAL may lose the last ones in a power cut, never the file.
    What is deleted is overwritten with zeros, so that erased people are not in the file either. A new file is its
    owner's only, and so are its log and its index, which SQLite makes like it.
    """
    made(path.parent)
    create_private(path)
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    except BaseException:
        connection.close()
        raise
    return connection


def create_private(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is one: it will hold personal data."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into Dela's: an id that exists is a Conflict; a lock, a full or a broken disk passes.

    A mistake in our SQL is Broken.
    """
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict("exists") from error
    except (sqlite3.Error, sqlite3.Warning) as error:
        if _is_our_mistake(error):
            raise Broken(f"the database was asked for what it can't do: {error}") from error
        raise TemporaryFailure(f"the database file can't be used now: {error}") from error
    except OSError as error:
        raise TemporaryFailure(f"the database file can't be used now: {error.strerror}") from error


def _is_our_mistake(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _OURS


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

    They are opened at first use, by the process that uses them: SQLite's must not cross a fork. A thread's connection
    is closed when the thread ends. Adapters on the same file share one lock: where a thread would find the file locked
    by another of its process, SQLite sleeps for whole milliseconds before it looks again.
    """

    def __init__(self, path: Path, synchronous: str, schema: str = "") -> None:
        self._path, self._synchronous, self._schema = path, synchronous, schema
        self._inherited: list[object] = []
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = _turns.setdefault((self._pid, self._path.absolute()), Turn())
        self._adding = Lock()
        self._writer: sqlite3.Connection | None = None
        self._threads = local()
        self._readers: WeakSet[_Reader] = WeakSet()

    @property
    def lock(self) -> Turn:
        """Held while the writer is used."""
        self._be_at_home()
        return self._lock

    def writer(self) -> sqlite3.Connection:
        """The connection for writing; hold `lock` while using it."""
        if self._writer is None:
            connection = connect(self._path, synchronous=self._synchronous)
            if self._schema:
                connection.execute(self._schema)
            self._writer = connection
        return self._writer

    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        self._be_at_home()
        reader: _Reader | None = getattr(self._threads, "reader", None)
        if reader is None:
            reader = _Reader(connect(self._path, synchronous=self._synchronous))
            reader.connection.execute("PRAGMA query_only = ON")
            self._threads.reader = reader
            with self._adding:
                self._readers.add(reader)
        return reader.connection

    def close(self) -> None:
        """Close the connections of all threads, which have come to rest; the next use opens new ones."""
        writer, readers = self._writer, list(self._readers)
        self._start()
        for reader in readers:
            reader.connection.close()
        if writer is not None:
            writer.close()

    def _be_at_home(self) -> None:
        """After a fork: start anew. The parent's connections are kept untouched, for to close them would harm it."""
        if self._pid != os.getpid():
            self._inherited.append((self._writer, list(self._readers)))
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


class _Reader:
    """A thread's connection: it is closed with the thread, which lets go of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()
