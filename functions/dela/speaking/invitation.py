"""An invitation: one person who is asked to speak at one meeting, where that stands, and how it came to it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from dela.settings import Settings
from dela.store.documents import Document, Instant
from dela.store.keeping import After, OfPerson

STEPS_KEPT = 40
TOLD_A_DAY = 10
"""So many mails about one invitation reach a coordinator within a day; what is more comes in one at its end."""

By = Literal["speaker", "coordinator", "time"]


class InvitationState(StrEnum):
    """Where an invitation stands.

    ASKED_AGAIN: had said yes before the meeting moved, and still holds a place. STANDBY: would speak if a place became
    free. ELSEWHERE: chose another meeting. WITHDRAWN, REMOVED: had said yes. RELEASED: stood by until the start.
    """

    ASKED = "asked"
    CONFIRMED = "confirmed"
    ASKED_AGAIN = "asked_again"
    STANDBY = "standby"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "elsewhere"
    EXPIRED = "expired"
    REMOVED = "removed"
    RELEASED = "released"
    CANCELLED = "cancelled"


AWAITED = (InvitationState.ASKED, InvitationState.ASKED_AGAIN)
"""An answer is waited for."""
SPEAKING = (InvitationState.CONFIRMED, InvitationState.ASKED_AGAIN)
"""They hold a place."""
OVER = (
    InvitationState.ELSEWHERE,
    InvitationState.REMOVED,
    InvitationState.RELEASED,
    InvitationState.CANCELLED,
)
"""Nothing is to be answered any more through this link."""


class Step(BaseModel):
    """One state that was reached, when, and through whom."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    state: InvitationState
    at: Instant
    by: By


def _days_kept(settings: Settings) -> int:
    return settings.keep_registrations_days


def _days_kept_for_contact(settings: Settings) -> int:
    return settings.keep_contacts_days


KEPT = (After(days=_days_kept, equal={"ask_again": False}), After(days=_days_kept_for_contact))


class Invitation(Document):
    """One person at one meeting. Its id is MEETING.PERSON, so that nobody is asked twice by accident.

    `person` is the id of the address that was invited, `mailbox` of the one that mails go to now: the speaker may
    change it. `steps` counts the states that were reached, `history` holds the last of them. `round` counts how often
    an answer was asked for, `asked_at` is when it last was, `stage` how far that asking has come: 1 nudged, 2 the
    coordinator was told to call. `next_at` is when the schedule has something to do with it, so that a range finds it.
    `told_at` are the times of the mails to coordinators of the last day, `digest_at` is when one comes with all that
    is more. `chose` is the meeting that they chose instead, `position` where they come in the run sheet (places.py).
    """

    collection: ClassVar[str] = "invitations"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("next_at",), ("person",), ("meeting",))
    keeping = OfPerson(
        listed_as="invitations",
        told=lambda invitation: invitation.model_dump(
            mode="json", exclude={"person", "mailbox", "next_at", "told_at", "digest_at"}
        ),
        until=KEPT,
    )

    meeting: str
    person: str
    mailbox: str
    email: str
    name: str
    organisation: str
    municipality: str
    language: str
    phone: str = ""
    line: str = ""
    state: InvitationState = InvitationState.ASKED
    steps: int = 1
    history: tuple[Step, ...]
    invited_at: Instant
    asked_at: Instant
    asked_by_hand_at: Instant | None = None
    round: int = 1
    stage: int = 0
    reminded_until: Instant | None = None
    next_at: Instant | None = None
    told_at: tuple[Instant, ...] = ()
    digest_at: Instant | None = None
    stands_by_since: Instant | None = None
    chose: str = ""
    position: int = 0
    new_email: str = ""
    addresses: int = 0
    title: str = ""
    summary: str = ""
    day_phone: str = ""
    consent: bool = False
    reason: str = ""
    remark: str = ""
    ask_again: bool = False
    suggests: str = ""

    @property
    def awaited(self) -> bool:
        """Whether an answer is waited for."""
        return self.state in AWAITED

    @property
    def speaks(self) -> bool:
        """Whether they hold a place."""
        return self.state in SPEAKING

    @property
    def state_before(self) -> InvitationState | None:
        """The state that the present one came from; None for the first."""
        return self.history[-2].state if len(self.history) > 1 else None

    def told_recently(self, now: datetime) -> tuple[datetime, ...]:
        """The times of the mails to coordinators of the last 24 hours."""
        return tuple(at for at in self.told_at if timedelta(0) <= now - at < timedelta(days=1))

    def step(self, number: int) -> tuple[InvitationState | None, Step] | None:
        """A step by its number, with the state before it; None if it is no longer kept."""
        place = len(self.history) - 1 - (self.steps - number)
        if not 0 <= place < len(self.history):
            return None
        return (self.history[place - 1].state if place else None), self.history[place]


def invitation_id(meeting: str, person: str) -> str:
    """The id of a person's invitation to a meeting."""
    return f"{meeting}.{person}"


def reached(invitation: Invitation, state: InvitationState, by: By, at: datetime) -> Invitation:
    """The invitation in a state that it was not in before, with that in its history."""
    history = (*invitation.history, Step(state=state, at=at, by=by))[-STEPS_KEPT:]
    return invitation.model_copy(update={"state": state, "steps": invitation.steps + 1, "history": history})
