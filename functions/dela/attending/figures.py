"""A meeting in numbers, without anybody in it."""

from typing import ClassVar

from dela.store.documents import Document, Instant
from dela.store.keeping import OfNobody


class Figures(Document):
    """What is counted when a meeting closes; its id is the meeting's. It stays when the people are erased.

    `registered` counts everyone who signed up and was not erased unconfirmed; `confirmed` those who had not left;
    `municipalities` the confirmed by place, with "other" for those from outside the county.
    """

    collection: ClassVar[str] = "figures"
    keeping = OfNobody()

    counted_at: Instant
    registered: int
    confirmed: int
    left: int
    present: int
    mails_sent: int
    municipalities: dict[str, int]
