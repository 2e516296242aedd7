"""What is shown of a meeting's speakers once it has started, and to nobody a second earlier."""

from collections.abc import Sequence
from typing import ClassVar

from dela.store.contract import Query, Reader
from dela.store.documents import Document
from dela.store.keeping import OfNobody


class AgendaItem(Document):
    """One line of what will be shown once the meeting starts. Nobody but the coordinator sees it before."""

    collection: ClassVar[str] = "agenda"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting", "position"),)
    keeping = OfNobody(because="a speaker's line is made to be shown to everybody")

    meeting: str
    position: int
    name: str
    organisation: str
    subject: str
    consent: bool = False


def agenda_of(store: Reader, meeting: str) -> Sequence[AgendaItem]:
    """The lines of a meeting's agenda in their order. Whoever shows them asks `Meeting.shows_agenda` first."""
    return store.query(AgendaItem, Query(equal={"meeting": meeting}, range_field="position"))
