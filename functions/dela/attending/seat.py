"""A seat of a meeting whose seats are counted: a document that exists as long as somebody holds it."""

from typing import ClassVar

from dela.store.documents import Document
from dela.store.keeping import After, OfPerson, days_of_registrations


def seat_id(meeting: str, number: int) -> str:
    """The id of the seat of that number."""
    return f"{meeting}.seat-{number}"


class Seat(Document):
    """One seat, held by one confirmed person, whose registration names its number.

    Numbers run from 1 to the meeting's capacity. It is created with the confirmation and deleted with whatever ends
    that, in the same transaction: two who want the same one can't both create it, and nothing has to be counted.
    """

    collection: ClassVar[str] = "seats"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting", "number"), ("person",))
    keeping = OfPerson(
        listed_as="seats",
        told=lambda seat: seat.model_dump(mode="json", exclude={"person"}),
        until=(After(days=days_of_registrations),),
    )

    meeting: str
    number: int
    person: str


def seat_of(meeting: str, number: int, person: str) -> Seat:
    """That seat, held by that person."""
    return Seat(id=seat_id(meeting, number), meeting=meeting, number=number, person=person)
