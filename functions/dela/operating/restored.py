"""Putting a restored store and its keys in the place of the present ones, whole or not at all.

Both lie in a folder beside the store. Renaming that folder to READY decides: before it everything is as it was; after
it whoever opens the data next carries the rest out (docs/decisions/0007-backup-and-restore.md).
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dela.store.files import made, owners_only, sync, translated

READY: Final = ".restored"
STORE, KEYS = "store", "keys.json"


def put_in_place(staged: Path, keys: Mapping[str, str], store: Path, keys_folder: Path) -> None:
    """Make a store that lies in a folder of its own, beside the present one, the present one, and its keys the keys.

    Call it alone on the data, with `staged` closed. Raises TemporaryFailure where the folder can't be written to.
    """
    folder = staged.parent
    with translated(f"{folder} can't be written to"):
        staged.rename(folder / STORE)
        (folder / KEYS).write_text(json.dumps(dict(keys)))
        for path in (folder / STORE, folder / KEYS, folder):
            sync(path)
        folder.rename(store.with_name(READY))
        sync(store.parent)
    finish(store, keys_folder)


def pending(store: Path) -> bool:
    """Whether a restore was decided and not brought to its end."""
    return store.with_name(READY).is_dir()


def finish(store: Path, keys_folder: Path) -> None:
    """Carry out a restore that was decided; again does no harm. Call it alone on the data.

    Raises TemporaryFailure where that can't be done now.
    """
    if pending(store):
        with translated(f"the restore of {store} can't be brought to its end"):
            _carry_out(store, keys_folder)


def _carry_out(store: Path, keys_folder: Path) -> None:
    ready = store.with_name(READY)
    if (ready / STORE).exists():
        # The old store's log must not be played onto the new one.
        for ending in ("-wal", "-shm", "-journal"):
            store.with_name(store.name + ending).unlink(missing_ok=True)
        sync(store.parent)
        (ready / STORE).replace(store)
    if (ready / KEYS).exists():
        _replace_keys((ready / KEYS).read_text(), keys_folder)
    shutil.rmtree(ready)
    sync(store.parent)


def _replace_keys(text: str, folder: Path) -> None:
    made(folder)
    draft = folder / f".{KEYS}.restored"
    with open(draft, "w", opener=owners_only) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / KEYS)
    sync(folder)
