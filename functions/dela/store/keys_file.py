"""The keys of a standalone installation: made once, kept beside the data, part of the backup."""

import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from dela.errors import Refused
from dela.store.files import held, made, owners_only, sync, translated

FILE: Final = "keys.json"
NAMES: Final = ("secret_keys", "identity_key")
BYTES = 32
DRAFT = re.compile(re.escape(f".{FILE}.") + "[0-9a-f]{8}")


def load_or_create(folder: Path, made_for: str = "") -> dict[str, str]:
    """The keys of this data folder, "secret_keys" and "identity_key"; made at the first call.

    What they were `made_for` is kept with them, if it was said. Of several processes that start at once all get the
    same keys. The file is readable by its owner only. Raises Refused if it can't be read, and TemporaryFailure if it
    can't be written.
    """
    path = folder / FILE
    with translated(f"{path} can't be written"):
        if not path.exists() or _drafts(folder):
            keys = {name: secrets.token_urlsafe(BYTES) for name in NAMES}
            _create(path, {**keys, **({"made_for": made_for} if made_for else {})})
    return load(folder) or {}


def load(folder: Path) -> dict[str, str] | None:
    """The keys of this data folder, or None if none were made yet. Raises Refused if the file can't be read."""
    try:
        text = (folder / FILE).read_text()
        keys = {str(name): str(value) for name, value in json.loads(text).items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise Refused(f"{folder / FILE} can't be read: restore it from a backup") from error
    if not all(keys.get(name) for name in NAMES):
        raise Refused(f"{folder / FILE} lacks a key: restore it from a backup")
    return keys


def _create(path: Path, keys: dict[str, str]) -> None:
    """Write the file whole or not at all, and leave one that is there by now as it is.

    Whoever makes keys holds the folder: drafts that lie there then were left by a process that was killed.
    """
    made(path.parent)
    with held(path.parent):
        for left in _drafts(path.parent):
            left.unlink(missing_ok=True)
        draft = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
        with suppress(FileExistsError):
            if not path.exists():
                _write(draft, keys)
                os.link(draft, path)
        draft.unlink(missing_ok=True)
        sync(path.parent)


def _drafts(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f".{FILE}.*") if DRAFT.fullmatch(path.name)]


def _write(path: Path, keys: dict[str, str]) -> None:
    with open(path, "x", opener=owners_only) as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
