"""A listener: an address without a meeting, left where none was planned, to hear of the next one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from dela.attending.registration import MAIL_PAUSE, MAILS_A_DAY
from dela.store.documents import Document, Instant
from dela.store.keeping import OfPerson


class ListenerState(StrEnum):
    """Whether the owner of the address has said that it is theirs."""

    PENDING = "pending"
    CONFIRMED = "confirmed"


class Listener(Document):
    """One address that waits for the next meeting; its id is the person's, so that it can't exist twice.

    It holds what a registration needs, so that one press makes one of it. It goes with the first meeting that it was
    told of (a duty in hearing.py), or after the time for contacts.
    """

    collection: ClassVar[str] = "listeners"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("state", "person"), ("expires_at",), ("person",))
    keeping = OfPerson(
        listed_as="waiting_for_the_next_meeting",
        told=lambda listener: listener.model_dump(mode="json", exclude={"person", "id"}),
        until=(),
    )

    person: str
    email: str
    name: str
    organisation: str = ""
    municipality: str = ""
    language: str
    notify_next: bool = False
    state: ListenerState = ListenerState.PENDING
    attempt: int = 0
    mailed_at: tuple[Instant, ...] = ()
    asked_at: Instant
    expires_at: Instant | None = None
    confirmed_at: Instant | None = None

    @property
    def confirmed(self) -> bool:
        """Whether mails may go to it."""
        return self.state is ListenerState.CONFIRMED

    def expired(self, now: datetime) -> bool:
        """Whether it waited for its confirmation for too long."""
        return self.expires_at is not None and self.expires_at <= now

    def recent_mails(self, now: datetime) -> tuple[datetime, ...]:
        """The mails that its owner, or somebody else, caused in the last 24 hours."""
        return tuple(sent for sent in self.mailed_at if now - sent < timedelta(days=1))

    def may_be_mailed(self, now: datetime) -> bool:
        """Whether leaving it once more leads to a mail, as for sign-ups."""
        recent = self.recent_mails(now)
        return len(recent) < MAILS_A_DAY and all(now - sent >= MAIL_PAUSE for sent in recent)
