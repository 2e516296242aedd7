"""Everything of an installation in one file, and back: a zip archive of the store, the keys and a manifest."""

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from dela.errors import DelaError, Refused, TemporaryFailure
from dela.store.documents import instant_text
from dela.store.files import BACKUP, RESTORE, clear_workplaces, made, owners_only, sync, translated, workplace
from dela.version import VERSION

FORMAT: Final = "dela-backup"
FORMAT_VERSION: Final = 1
STORE: Final = "dela.sqlite3"
KEYS: Final = "keys.json"
MANIFEST: Final = "manifest.json"
LARGEST_SMALL_FILE = 1 << 16
CHUNK = 1 << 20


def write(target: Path, copy_store: Callable[[Path], None], keys: Mapping[str, str], now: datetime) -> int:
    """Write a backup to `target`, whole or not at all, for its owner's eyes only; answers its size in bytes.

    `copy_store` writes a consistent copy of the store to a path. Raises TemporaryFailure where there is no room or no
    way to write, and Refused if the copy is damaged.
    """
    try:
        clear_workplaces(target.parent)
        with workplace(target.parent, BACKUP) as folder:
            copy_store(folder / STORE)
            refuse_damaged(folder / STORE)
            (folder / KEYS).write_text(json.dumps(dict(keys)))
            draft = folder / "archive"
            _pack(draft, folder, now)
            size = draft.stat().st_size
            draft.replace(target)
            sync(target.parent)
            return size
    except OSError as error:
        raise TemporaryFailure(f"{target} can't be written: {error.strerror or error}") from error


@contextmanager
def unpacked(archive: Path, beside: Path) -> Iterator[tuple[Path, datetime, dict[str, str]]]:
    """A backup's store as a file beside the store that it may replace, when the backup was made, and its keys.

    Everything is verified. The file goes with the context, unless it was put in place. Raises Refused for what is no
    whole backup of Dela, and TemporaryFailure where there is no room for it. Call it alone on the data.
    """
    with ExitStack() as stack:
        with translated(f"{beside.parent} can't be written to"):
            made(beside.parent)
            clear_workplaces(beside.parent)
            folder = stack.enter_context(workplace(beside.parent, RESTORE))
        try:
            made_at, keys = _unpack(archive, folder / STORE)
        except OSError as error:
            raise TemporaryFailure(f"{error.filename or beside.parent}: {error.strerror or error}") from error
        except DelaError:
            raise
        except Exception as error:  # (damaged archives make the zip library raise whatever comes)
            raise Refused(f"{archive} is not a whole backup of Dela") from error
        refuse_damaged(folder / STORE)
        yield folder / STORE, made_at, keys


def refuse_damaged(store: Path) -> None:
    """Raise Refused unless SQLite finds this file whole."""
    connection = sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)
    try:
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Refused(f"the store is damaged: {error}") from error
    finally:
        connection.close()
    if answer != "ok":
        raise Refused(f"the store is damaged: {answer}")


def _pack(draft: Path, folder: Path, now: datetime) -> None:
    files = {name: _described(folder / name) for name in (STORE, KEYS)}
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "made_by": f"dela {VERSION}",
        "made_at": instant_text(now),
        "files": files,
    }
    with open(draft, "xb", opener=owners_only) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            for name in files:
                archive.write(folder / name, name)
        file.flush()
        os.fsync(file.fileno())


def _unpack(archive: Path, store: Path) -> tuple[datetime, dict[str, str]]:
    """Write the store to `store`; answers when it was made, and the keys. No name in the archive becomes a path."""
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(_small(opened, MANIFEST))
        if manifest["format"] != FORMAT or sorted(opened.namelist()) != sorted((MANIFEST, STORE, KEYS)):
            raise ValueError("not ours")
        if manifest["version"] > FORMAT_VERSION:
            raise Refused(f"{archive} was made by a newer Dela: please install that first")
        keys = _small(opened, KEYS)
        if hashlib.sha256(keys).hexdigest() != manifest["files"][KEYS]["sha256"]:
            raise ValueError("the keys differ")
        with opened.open(STORE) as source, open(store, "xb", opener=owners_only) as target:
            _copy(source, target, manifest["files"][STORE]["bytes"])
    if _described(store) != manifest["files"][STORE]:
        raise ValueError("the store differs")
    named = {str(name): str(value) for name, value in json.loads(keys).items()}
    return datetime.fromisoformat(manifest["made_at"]), named


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(LARGEST_SMALL_FILE + 1)
    if len(data) > LARGEST_SMALL_FILE:
        raise ValueError(f"{name} is too large")
    return data


def _copy(source: IO[bytes], target: IO[bytes], most: int) -> None:
    """Copy no more than the manifest says, whatever the archive would unpack to."""
    left = int(most)
    while chunk := source.read(CHUNK):
        left -= len(chunk)
        if left < 0:
            raise ValueError("the store is larger than said")
        target.write(chunk)


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}
