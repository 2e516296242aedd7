"""What an installation is for: a demo's data are never served for real, and the demo never touches real ones."""

from enum import StrEnum
from typing import ClassVar, Final

from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody

THIS: Final = "this"
"""The id of the one installation that a store belongs to."""


class Purpose(StrEnum):
    """Who may use a store."""

    DEMO = "demo"
    REAL = "real"


class Installation(Document):
    """What a store is for; written by the first who uses it, before anything else is.

    `made_by` is the version of that Dela; "" where it did not say so yet.
    """

    collection: ClassVar[str] = "installation"
    keeping = OfNobody()

    purpose: Purpose
    since: Instant
    made_by: str = ""
