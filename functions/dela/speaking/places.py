"""The places of a meeting's speakers: documents that are held and given back, never a count over people."""

from collections.abc import Sequence
from hashlib import sha256
from typing import ClassVar

from dela.settings import Settings
from dela.store.contract import Query, Reader
from dela.store.documents import Document
from dela.store.keeping import After, OfPerson

LOTS = 1 << 30
FIRST_LOT = 1000
"""Lots lie behind the positions that a coordinator sets."""
MOST = 20
"""More places than any settings make sense with."""


def _days_kept(settings: Settings) -> int:
    return settings.keep_registrations_days


class Place(Document):
    """One place at a meeting, held by one person. Its id is MEETING.NUMBER, so that it can't be held twice.

    `position` is where its holder comes in the run sheet: set by the coordinator, or else a lot (`lot_of`).
    """

    collection: ClassVar[str] = "places"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting",), ("person",))
    keeping = OfPerson(
        listed_as="places",
        told=lambda place: place.model_dump(mode="json", include={"meeting"}),
        until=(After(days=_days_kept),),
    )

    meeting: str
    person: str
    position: int


def held_places(store: Reader, meeting: str) -> Sequence[Place]:
    """The places that are held, in the order of the run sheet. Inside a transaction this decides."""
    return sorted(store.query(Place, Query(equal={"meeting": meeting}, limit=MOST)), key=_in_order)


def in_order(places: Sequence[Place]) -> tuple[str, ...]:
    """Who holds these places, in the order of the run sheet."""
    return tuple(place.person for place in sorted(places, key=_in_order))


def free_place(held: Sequence[Place], meeting: str, person: str, settings: Settings) -> Place | None:
    """A place for this person beside those that are held, or None: all are."""
    if len(held) >= settings.speakers_max:
        return None
    taken = {place.id for place in held}
    id = next(id for number in range(1, MOST + 1) if (id := f"{meeting}.{number}") not in taken)
    return Place(id=id, meeting=meeting, person=person, position=lot_of(meeting, person))


def lot_of(meeting: str, person: str) -> int:
    """Where a person comes by lot: drawn once, because it follows from who they are, and not from who came first."""
    return FIRST_LOT + int(sha256(f"{meeting}.{person}".encode()).hexdigest(), 16) % LOTS


def _in_order(place: Place) -> tuple[int, str]:
    return place.position, place.person
