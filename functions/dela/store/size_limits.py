"""What Firestore can't hold, refused by every store, so that it is found out at home.

The numbers are those of Google's quotas page (cloud.google.com/firestore/quotas), unless said.
"""

import json
import re
from typing import Any

from dela.store.documents import Document

ID_BYTES = 1500
INDEXED_BYTES = 1500
"""Of a longer value an index holds the beginning only."""
PATH_BYTES = 1500
"""The names of a field and of all that it lies in, with dots between them."""
DOCUMENT_BYTES = 1_048_576
INDEX_ENTRIES = 40_000
DEPTH = 20
TRANSACTION_BYTES = 4 * 1024 * 1024
"""Google takes 10 MiB, its emulator 4: what could not be tested is not allowed."""
OVERHEAD_BYTES = 256
"""What a document weighs beside its fields: its name's prefix, fixed parts, and who wrote it."""

_RESERVED = re.compile(r"__.*__", re.DOTALL)
_LONG_NUMBER = re.compile(r"\d{19}")
_PLAIN_BYTES = INDEX_ENTRIES // 4
"""A shorter JSON text can't break a limit by its size: a byte of it makes at most 8 bytes or 2 index entries."""


def is_possible_id(id: str) -> bool:
    """Whether a document may have this id."""
    if id in ("", ".", "..") or "/" in id or _RESERVED.fullmatch(id):
        return False
    return _utf8_bytes(id) <= ID_BYTES


def refuse_impossible_id(kind: type[Document], id: str) -> None:
    """Raise ValueError for an id that no document can have."""
    if not is_possible_id(id):
        raise ValueError(f"{kind.collection}: an id may not be empty, longer than {ID_BYTES} bytes, or hold a /")


def stored_text(document: Document) -> str:
    """The JSON text of a document as every store keeps it. Raises ValueError for one that Firestore can't hold."""
    refuse_impossible_id(type(document), document.id)
    text = document.model_dump_json()
    if document.unknown:
        text = json.dumps({**document.unknown, **json.loads(text)}, ensure_ascii=False, separators=(",", ":"))
    plain = len(text) < _PLAIN_BYTES and text.count("{") == 1 and "[[" not in text and ",[" not in text
    if not plain or _LONG_NUMBER.search(text):
        try:
            _refuse_impossible(document, json.loads(text))
        except ValueError as error:
            raise ValueError(f"{document.collection}: {error}") from None
    return text


def _refuse_impossible(document: Document, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        _refuse_shape(value, DEPTH, PATH_BYTES - len(name))
    size = OVERHEAD_BYTES + len(document.collection) + _utf8_bytes(document.id) + _size(fields)
    if size > DOCUMENT_BYTES:
        raise ValueError("a document may not be larger than 1 MiB")
    if _index_entries(fields) > INDEX_ENTRIES:
        raise ValueError(f"a document may not make more than {INDEX_ENTRIES} index entries")


def _refuse_shape(value: Any, depth: int, path: int, *, in_list: bool = False) -> None:
    """Raise ValueError for a value that lies too deep, or too long a `path` (the bytes left for names) away."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("a number must fit into 64 bits")
    if not isinstance(value, list | dict):
        return
    if depth == 0:
        raise ValueError(f"values may not lie deeper than {DEPTH} levels")
    if isinstance(value, list):
        if in_list:
            raise ValueError("a list may not lie directly in a list")
        for each in value:
            _refuse_shape(each, depth - 1, path, in_list=True)
        return
    for key, each in value.items():
        left = path - 1 - _utf8_bytes(key)
        if key == "" or _RESERVED.fullmatch(key) or left < 0:
            raise ValueError("a key may not be empty, reserved or long")
        _refuse_shape(each, depth - 1, left)


def _size(value: Any) -> int:
    """The bytes that Firestore counts for a value (cloud.google.com/firestore/docs/storage-size)."""
    if isinstance(value, str):
        return _utf8_bytes(value) + 1
    if isinstance(value, dict):
        return 32 + sum(_utf8_bytes(key) + 1 + _size(each) for key, each in value.items())
    if isinstance(value, list):
        return sum(_size(each) for each in value)
    return 1 if value is None or isinstance(value, bool) else 8


def _index_entries(value: Any) -> int:
    """How many entries the indexes of single fields get: two for each value, and one for each element of a list."""
    if isinstance(value, dict):
        return 2 + sum(_index_entries(each) for each in value.values())
    return 2 + len(value) if isinstance(value, list) else 2


def _utf8_bytes(text: str) -> int:
    """The length of a text in UTF-8; what can't be written so is endless."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return 2**31
