"""The keys of a standalone installation: made once, kept beside the data, part of the backup."""

import json
import os
import secrets
from pathlib import Path
from typing import Final

from dela.errors import Refused

FILE: Final = "keys.json"
NAMES: Final = ("secret_keys", "identity_key")
BYTES = 32


def load_or_create(folder: Path, made_for: str = "") -> dict[str, str]:
    """The keys of this data folder, "secret_keys" and "identity_key"; made at the first call.

    What they were `made_for` is kept with them, if it was said. Of several processes that start at once all get the
    same keys. The file is readable by its owner only. Raises Refused if it can't be read.
    """
    path = folder / FILE
    if not path.exists():
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
    """Write the file whole or not at all, and leave one that is there by now as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
