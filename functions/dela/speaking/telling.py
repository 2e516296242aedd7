"""Reaching a state: what it writes beside the invitation, so that speaker and coordinators hear of it once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.speaking import mails
from dela.speaking.invitation import TOLD_A_DAY, By, Invitation, InvitationState, reached
from dela.speaking.recipients import coordinators
from dela.speaking.schedule_of import scheduled

USEFUL = timedelta(days=3)
"""A coordinator's to-do is tried for so long: what is in it stands in `dela speakers` as well."""
TOLD = (
    InvitationState.CONFIRMED,
    InvitationState.STANDBY,
    InvitationState.DECLINED,
    InvitationState.WITHDRAWN,
    InvitationState.ELSEWHERE,
    InvitationState.EXPIRED,
    InvitationState.REMOVED,
)
"""The states that coordinators are told of; the others follow from what they have just done, or from the meeting."""


@dataclass(frozen=True)
class Reached:
    """An invitation in its new state, and the mails that tell of it."""

    invitation: Invitation
    mails: list[Message] = field(default_factory=list)


def step(
    settings: Settings,
    meeting: Meeting,
    invitation: Invitation,
    state: InvitationState,
    by: By,
    at: datetime,
    kind: MailKind | None = None,
    *,
    quietly: bool = False,
) -> Reached:
    """An invitation that reaches a state at a time. `kind` is the mail to the speaker that tells of it, if any does.

    `quietly`: coordinators are told of it in another way.
    """
    changed = reached(invitation, state, by, at)
    messages = [to_speaker(kind, str(changed.steps), changed, meeting, at)] if kind is not None else []
    if state in TOLD and not quietly:
        changed, told = _told(settings, changed, meeting, at)
        messages += told
    return Reached(scheduled(changed, meeting, settings), messages)


def to_speaker(
    kind: MailKind,
    occurrence: str,
    invitation: Invitation,
    meeting: Meeting,
    at: datetime,
    useful_until: datetime | None = None,
    due_at: datetime | None = None,
) -> Message:
    """A mail to the speaker about their invitation."""
    until = useful_until or meeting.ends_at
    return planned_message(
        kind, occurrence, meeting.id, invitation.person, at, until, about=invitation.id, due_at=due_at
    )


def to_coordinators(
    settings: Settings,
    kind: MailKind,
    occurrence: str,
    meeting: Meeting,
    at: datetime,
    *,
    about: str = "",
    due_at: datetime | None = None,
    useful_until: datetime | None = None,
) -> list[Message]:
    """A mail to each of the coordinators, one row of the ledger each."""
    until = useful_until or (due_at or at) + USEFUL
    return [
        planned_message(kind, occurrence, meeting.id, person, at, until, about=about, due_at=due_at)
        for person, _ in coordinators(settings)
    ]


def _told(settings: Settings, changed: Invitation, meeting: Meeting, at: datetime) -> tuple[Invitation, list[Message]]:
    """The mails that tell coordinators of the last step; after ten within a day, one at its end tells of all others."""
    recent = changed.told_recently(at)
    occurrence, about = f"{changed.person}-{changed.steps}", f"{changed.id}.{changed.steps}"
    if len(recent) < TOLD_A_DAY:
        told = changed.model_copy(update={"told_at": (*recent, at)})
        return told, to_coordinators(settings, mails.STATE, occurrence, meeting, at, about=about)
    if changed.digest_at is not None and changed.digest_at > at:
        return changed, []
    due_at = recent[0] + timedelta(days=1)
    digest = to_coordinators(settings, mails.DIGEST, occurrence, meeting, at, about=about, due_at=due_at)
    return changed.model_copy(update={"digest_at": due_at}), digest
