"""The backup that an upgrade makes before it changes anything. It goes by itself: erased people are in it."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from dela.operating import backup_file

NAME: Final = "before-upgrade-from-{form}.zip"
KEPT_SECONDS = 14 * 24 * 3600
"""As long as the README's timer keeps its backups."""


def make(
    folder: Path, form: int, copy_store: Callable[[Path], None], keys: Mapping[str, str], now: datetime, *, again: bool
) -> Path:
    """Write it; answers where it is. One that was cut short and is done `again` keeps the one from before it began."""
    target = folder / NAME.format(form=form)
    if not (again and target.exists()):
        backup_file.write(target, copy_store, keys, now)
    return target


def clear(folder: Path) -> None:
    """Remove those that are old enough."""
    for path in folder.glob(NAME.format(form="*")):
        if path.stat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
