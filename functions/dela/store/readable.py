"""What was stored becomes a document again, or is set aside: one unreadable document stops nobody."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from dela.errors import Unreadable
from dela.store.contract import Operations, Query, Reader
from dela.store.documents import Document

D = TypeVar("D", bound=Document)

log = logging.getLogger(__name__)


def parsed(kind: type[D], id: str, text: bytes | str) -> D:
    """The document that was stored under this id, with what this program does not know of it. Raises Unreadable."""
    try:
        document = kind.model_validate_json(text, extra="allow")
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(f"a document of {kind.collection} can't be read{_where(kind, error)}") from None
    if document.id != id:
        raise Unreadable(f"a document of {kind.collection} can't be read: it lies under another id than its own")
    unknown = document.__pydantic_extra__
    if unknown:
        document.__dict__["unknown"] = unknown
    object.__setattr__(document, "__pydantic_extra__", None)
    return document


def read(operations: Operations, id: str, parse: Callable[[], D]) -> D:
    """What `parse` makes of the document of this id. Raises Unreadable as it does, having noted and logged that."""
    try:
        return parse()
    except Unreadable as error:
        if operations.set_aside(id):
            log.error("%s: it is set aside", error, extra={"action": "store"})
        raise


def all_read(operations: Operations, stored: Iterable[tuple[str, Callable[[], D]]]) -> list[D]:
    """The documents among these that can be read."""
    found = []
    for id, parse in stored:
        try:
            found.append(read(operations, id, parse))
        except Unreadable:
            continue
    return found


def get_readable(store: Reader, kind: type[D], id: str) -> D | None:
    """The document of that id; None if there is none, or if it can't be read: for whoever can do without it."""
    try:
        return store.get(kind, id)
    except Unreadable:
        return None


def is_there(store: Reader, kind: type[Document], id: str) -> bool:
    """Whether there is a document of that id, readable or not."""
    try:
        return store.get(kind, id) is not None
    except Unreadable:
        return True


def unreadable_in(store: Reader, kind: type[Document], at_once: int) -> int:
    """How many documents of a kind can't be read. It reads all of them, and is billed for that."""
    read_of_all = 0
    last: Document | None = None
    while found := store.query(kind, Query(limit=at_once, after=last)):
        read_of_all, last = read_of_all + len(found), found[-1]
    return store.count(kind, Query()) - read_of_all


def _where(kind: type[Document], error: Exception) -> str:
    """Which fields are to blame, by the names that they have in this program."""
    errors: Sequence[Any] = error.errors() if isinstance(error, ValidationError) else ()
    fields = {str(each["loc"][0]) for each in errors if each["loc"]} & set(kind.model_fields)
    return f" ({', '.join(sorted(fields))})" if fields else ""
