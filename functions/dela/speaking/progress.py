"""How far a meeting has come while it runs: what the host has begun, which can be taken back."""

from datetime import datetime
from typing import ClassVar

from dela.settings import Settings
from dela.store.documents import Document, Instant
from dela.store.keeping import After, OfNobody


def _days_kept(settings: Settings) -> int:
    return settings.keep_registrations_days


class Progress(Document):
    """The sections that were begun by hand and when, in order; its id is the meeting's."""

    collection: ClassVar[str] = "progress"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting",),)
    keeping = OfNobody(until=(After(days=_days_kept),))

    meeting: str
    sections: tuple[int, ...] = ()
    times: tuple[Instant, ...] = ()

    @property
    def last(self) -> tuple[int, datetime] | None:
        """The section that was begun last, and when."""
        return (self.sections[-1], self.times[-1]) if self.sections else None
