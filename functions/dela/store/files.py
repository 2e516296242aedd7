"""What adapters that write files share: for their owner's eyes only, on disk when they say so, nothing left over."""

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dela.errors import TemporaryFailure

ABANDONED_SECONDS = 12 * 3600
"""Where the file system knows no locks, a workplace that is older was left by a process that was killed."""
BACKUP, RESTORE = ".dela-backup-", ".restore-"
"""How the names of workplaces begin that hold whole copies of the store."""
MADE_UP = re.compile(r"[a-z0-9_]{8}")
"""How the names that tempfile makes up end."""


def owners_only(path: str, flags: int) -> int:
    """An opener for `open` whose new files only their owner can read."""
    return os.open(path, flags, 0o600)


def sync(path: Path) -> None:
    """Have the system write a file or the names in a folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def made(folder: Path) -> None:
    """Make a folder and those above it, unless they are there, so that they are there after a power cut, too."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync(each.parent)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what the file system says into a temporary failure of `what`: a sentence's beginning."""
    try:
        yield
    except OSError as error:
        raise TemporaryFailure(f"{what}: {error.strerror or type(error).__name__}") from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, after whoever holds it now. Where the file system knows no locks, nobody waits."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def workplace(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder that only its owner sees; gone afterwards, unless it was renamed. Its lock says that it is in use."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # somebody cleared it away before it was locked
            continue
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():
            break
        os.close(descriptor)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def clear_workplaces(parent: Path) -> None:
    """Remove what killed backups and restores have left in a folder: workplaces of this user that nobody holds.

    One that can't be removed now is left to the next.
    """
    for prefix in (BACKUP, RESTORE):
        for left in parent.glob(f"{prefix}*"):
            if MADE_UP.fullmatch(left.name.removeprefix(prefix)):
                with suppress(OSError):
                    _clear(left)


def _clear(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and _is_abandoned(descriptor, status.st_mtime):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _is_abandoned(descriptor: int, changed: float) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return changed < time.time() - ABANDONED_SECONDS
    return True
