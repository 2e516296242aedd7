"""A registration: one address at one meeting, and what its states allow."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from dela.settings import Settings
from dela.store.documents import Document, Instant, Part
from dela.store.keeping import After, OfPerson, days_of_registrations

CONFIRM_WITHIN = timedelta(hours=48)
"""An unconfirmed registration expires and is erased (docs/rules.md, "The times of a sign-up")."""
MAIL_PAUSE = timedelta(minutes=10)
"""Repeated sign-ups within this time send no further mail."""
MAILS_A_DAY = 5
"""So many sign-up mails reach one mailbox within a day, whoever asks for them (attending/limits.py)."""


def _days_kept_for_contact(settings: Settings) -> int:
    return settings.keep_contacts_days


class RegistrationState(StrEnum):
    """Where a registration stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"


class Wishes(BaseModel):
    """What a person tells of themselves: the part of a registration that they may change."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    organisation: str = ""
    municipality: str = ""
    language: str
    notify_next: bool = False


class Asked(Wishes):
    """What one sign-up asked to be confirmed: the mail of that attempt confirms these words and no others."""

    model_config = Part.model_config

    attempt: int


class Registration(Document):
    """One address at one meeting. Its id is MEETING.PERSON (see store/identity.py), so that it can't exist twice.

    `attempt` counts the sign-ups that led to a mail: it is the occurrence of those mails; `mailed_at` is when the last
    one did. `signup_mails` holds their times where an older release stored it: it is only read. `asked` is what each of
    those that wait for an answer said, because anyone can type an address. `expires_at` is set while it waits for its
    confirmation, so that a range finds the expired. `seat` is the number of the seat that it holds where seats are
    counted (seat.py).
    """

    collection: ClassVar[str] = "registrations"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("meeting", "state", "person"),
        ("meeting", "present_at"),
        ("expires_at",),
        ("person",),
    )
    keeping = OfPerson(
        listed_as="registrations",
        told=lambda registration: registration.model_dump(mode="json", exclude={"person"}),
        until=(After(days=days_of_registrations, equal={"notify_next": False}), After(days=_days_kept_for_contact)),
    )

    name: str
    organisation: str = ""
    municipality: str = ""
    language: str
    notify_next: bool = False
    meeting: str
    person: str
    email: str
    state: RegistrationState = RegistrationState.PENDING
    attempt: int = 0
    signup_mails: tuple[Instant, ...] = ()
    mailed_at: Instant | None = None
    asked: tuple[Asked, ...] = ()
    signed_up_at: Instant
    expires_at: Instant | None = None
    confirmed_at: Instant | None = None
    left_at: Instant | None = None
    present_at: Instant | None = None
    seat: int | None = None

    @property
    def confirmed(self) -> bool:
        """Whether this person is registered and has not left."""
        return self.state is RegistrationState.CONFIRMED

    def as_asked(self, attempt: int | None) -> Self | None:
        """This registration with what one sign-up said; None for one that it does not know (any more).

        Links of the first release name no attempt: then it is the oldest that is known.
        """
        if attempt is None or not self.asked:
            said = self.asked[0] if self.asked else None
            return self._saying(said) if said or attempt in (None, self.attempt) else None
        return next((self._saying(each) for each in self.asked if each.attempt == attempt), None)

    def _saying(self, said: Asked | None) -> Self:
        return self if said is None else self.model_copy(update=said.model_dump(include=set(Wishes.model_fields)))

    def asking(self) -> tuple[Asked, ...]:
        """What it asks to be confirmed by now; one that an older release stored asks for what it says."""
        if self.state is not RegistrationState.PENDING:
            return ()
        words = self.model_dump(include=set(Wishes.model_fields))
        return self.asked or (Asked(attempt=self.attempt, **words),)

    def expired(self, now: datetime) -> bool:
        """Whether it waited for its confirmation for too long."""
        return self.expires_at is not None and self.expires_at <= now

    def calendar_sequence(self, meeting_sequence: int) -> int:
        """The SEQUENCE of this person's calendar entry, of a meeting at `meeting_sequence`.

        It rises with each change of the meeting, with leaving, and with coming back: calendars pass over a
        cancellation or an entry that is not newer than what they hold (RFC 5546, 2.1.4).
        """
        left = self.state is RegistrationState.LEFT
        return meeting_sequence + 2 * max(self.attempt - 1, 0) + left

    def mailed_just_now(self, now: datetime) -> bool:
        """Whether a sign-up at `now` repeats one too soon to lead to a mail."""
        mails = self.signup_mails if self.mailed_at is None else (*self.signup_mails, self.mailed_at)
        return any(now - sent < MAIL_PAUSE for sent in mails)
