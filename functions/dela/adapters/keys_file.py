"""The keys of a standalone installation: made once, kept beside the data, part of the backup."""

import json
import os
import secrets
from pathlib import Path
from typing import Final

FILE: Final = "keys.json"
BYTES = 32


def load_or_create(folder: Path) -> dict[str, str]:
    """The keys of this data folder, "secret_keys" and "identity_key"; made at the first call.

    Of several processes that start at once all get the same keys. The file is readable by its owner only.
    """
    path = folder / FILE
    if not path.exists():
        _create(path)
    return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = {name: secrets.token_urlsafe(BYTES) for name in ("secret_keys", "identity_key")}
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
