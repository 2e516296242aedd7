"""The ledger of mails: what is to be sent, to whom and why, and what became of it.

docs/architecture.md, "How a mail leaves, once". A mail to one person is a Message, created with the change that causes
it. A mail to an audience is a set of AudiencePages; each mail that a page sends leaves a Message as well. The reason
of a mail is the name of its declaration (mailing/kinds.py); `meeting` is the id of what it is about.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from dela.store.documents import Document, Instant
from dela.store.keeping import After, OfNobody, OfPerson, days_of_registrations

LEASE = timedelta(minutes=5)
"""Longer than the slowest single mail (the mail adapter's time limits), shorter than anyone would wait for a repeat."""
SKEW = timedelta(minutes=2)
"""By less than this differ the clocks of two machines, and the beginnings of two calls that meet at a document."""


WITH_REGISTRATIONS = (After(days=days_of_registrations),)
"""The ledger goes with the registrations that its mails went to."""
TOLD = {"reason", "meeting", "state", "outcome", "planned_at", "sent_at"}


class MessageState(StrEnum):
    """What became of a mail."""

    PLANNED = "planned"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


class Leased(Document):
    """Work that one holder at a time does. `due_at` is None once it is finished, so that a range finds the open ones.

    The lease ends by itself: whoever dies loses it, and the next one takes over. `taken` counts the leases, `attempts`
    the failures in sending. `outcome` is a code for the delivery log.
    """

    due_at: Instant | None
    useful_until: Instant
    lease_owner: str = ""
    lease_until: Instant | None = None
    taken: int = 0
    attempts: int = 0
    outcome: str = ""

    def held(self, now: datetime) -> bool:
        """Whether someone holds its lease at `now`.

        A lease that begins far in the future is none: a clock that was set back must not hold up work for as long. One
        that begins soon is another's who looked at the clock a little later, or at another clock.
        """
        return self.lease_until is not None and self.lease_until - LEASE - SKEW <= now < self.lease_until


class Message(Leased):
    """One mail to one person for one reason: its id says so, therefore it can't be planned or recorded twice.

    `occurrence` lets the same reason come back: the number of the sign-up, the meeting's sequence, or the reminder's
    offset and day. `page` names the AudiencePage that sent it. `unproven` is set if anyone could cause it.
    """

    collection: ClassVar[str] = "messages"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("page", "person"),
        ("unproven", "sent_at"),
        ("due_at",),
        ("person",),
        ("meeting",),
    )
    keeping = OfPerson(
        listed_as="mails",
        told=lambda message: message.model_dump(mode="json", include=TOLD),
        until=WITH_REGISTRATIONS,
    )

    reason: str
    occurrence: str
    meeting: str
    person: str
    state: MessageState = MessageState.PLANNED
    planned_at: Instant
    sent_at: Instant | None = None
    page: str | None = None
    unproven: bool = False


class AudiencePage(Leased):
    """A part of an audience: those of a meeting whose person lies in [first, below).

    `planned_for` is when its mails are meant to start leaving: who confirmed later has learned it another way.
    `lead` is by how many seconds that is before the mail is due, because a slow server needs a head start.
    `cursor` is the last person that is surely done.
    """

    collection: ClassVar[str] = "pages"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("due_at",), ("meeting",))
    keeping = OfNobody(because="the cursor's person is forgotten when the page is done", until=WITH_REGISTRATIONS)

    reason: str
    occurrence: str
    meeting: str
    first: str
    below: str | None
    planned_for: Instant
    lead: int = 0
    cursor: str = ""


class AudiencePlan(Document):
    """That an audience's pages were made, so that they are made once, by one count of the audience."""

    collection: ClassVar[str] = "plans"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting",),)
    keeping = OfNobody(until=WITH_REGISTRATIONS)

    meeting: str
    planned_at: Instant
    pages: int
    people: int


class Pace(Document):
    """When the next mails of a lane may leave, over all workers, where the mail server sets a limit a minute."""

    collection: ClassVar[str] = "pace"
    keeping = OfNobody()

    next_at: Instant


class Heartbeat(Document):
    """When a scheduled function last ran to its end: its absence is the first thing that an operator looks for."""

    collection: ClassVar[str] = "heartbeats"
    keeping = OfNobody()

    at: Instant


def audience_key(reason: str, occurrence: str, meeting: str) -> str:
    """The id of an audience's plan; its pages add their number."""
    return f"{reason}.{occurrence}.{meeting}"


def message_key(reason: str, occurrence: str, meeting: str, person: str) -> str:
    """The id of a mail: reason, occurrence, meeting, person."""
    return f"{reason}.{occurrence}.{meeting}.{person}"


def person_in(message: str) -> str:
    """The person in the id of a mail."""
    return message.rpartition(".")[2]


def occurrence_of(message: str) -> str:
    """The occurrence in the id of a mail; "" for an id that is none of the ledger's."""
    _, _, rest = message.partition(".")
    return rest.partition(".")[0]
