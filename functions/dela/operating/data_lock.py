"""Who uses a data folder: many at a time, or one alone that replaces everything in it. Locks end with their process."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from dela.errors import Conflict, TemporaryFailure
from dela.store.files import made, translated


@contextmanager
def using(store: Path) -> Iterator[None]:
    """Use the store of this path beside others. Raises TemporaryFailure while it is being replaced."""
    with _opened(store) as file:
        if not _locked(file, fcntl.LOCK_SH):
            raise TemporaryFailure("the data are being restored: please try again in a moment")
        yield


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Have the store of this path to oneself. Raises Conflict if anyone uses it."""
    with _opened(store) as file:
        if not _locked(file, fcntl.LOCK_EX):
            raise Conflict("in use")
        yield


@contextmanager
def _opened(store: Path) -> Iterator[IO[bytes]]:
    with ExitStack() as stack:
        with translated(f"{store.parent} can't be written to"):
            made(store.parent)
            file = stack.enter_context(store.with_name(f".{store.name}.lock").open("ab"))
        yield file


def _locked(file: IO[bytes], kind: int) -> bool:
    try:
        with translated("the data can't be locked"):
            fcntl.flock(file, kind | fcntl.LOCK_NB)
    except TemporaryFailure as failure:
        if isinstance(failure.__cause__, BlockingIOError):
            return False
        raise
    return True
