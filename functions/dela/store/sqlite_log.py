"""The write-ahead log of the SQLite file: what was erased from the file stays in it until it is overwritten."""

from contextlib import closing
from pathlib import Path

from dela.store.sqlite_connections import connect, translated


def empty(path: Path) -> bool:
    """Write the log into the file and cut it to nothing; answers False if somebody was reading old pages for too long.

    Raises TemporaryFailure where the file is busy.
    """
    with translated(), closing(connect(path)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
