"""What adapters that write files share: for their owner's eyes only, and on disk when they say so."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


@contextmanager
def workplace(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder that only its owner sees; gone afterwards, unless it was renamed."""
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
