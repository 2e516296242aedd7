"""What only the demo stores: by how much its clock is ahead of the machine's."""

from typing import ClassVar

from dela.store.documents import Document
from dela.store.keeping import OfNobody


class ClockOffset(Document):
    """The demo's time is the machine's plus so many seconds."""

    collection: ClassVar[str] = "clock"
    keeping = OfNobody()

    seconds: float
