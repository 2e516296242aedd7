"""Asking somebody to speak at a meeting, and asking once more by hand."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from dela.errors import Invalid
from dela.mailing.ledger import Message
from dela.mailing.wake import wake_planned
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.speaking import mails
from dela.speaking.invitation import Invitation, InvitationState, Step, invitation_id
from dela.speaking.reading import Closed, with_meeting
from dela.speaking.schedule_of import scheduled
from dela.speaking.telling import to_speaker
from dela.store.contract import Query, Reader, Transaction
from dela.store.identity import person_id

PAUSE = timedelta(days=1)
"""Nobody is asked twice within a day by hand."""
BUSY = (InvitationState.ASKED, InvitationState.ASKED_AGAIN, InvitationState.STANDBY, InvitationState.CONFIRMED)
MANY = 50


class Wanted(BaseModel):
    """What the coordinator says of somebody who is to be asked. `line` is a personal one, for the mail."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    email: str
    name: str
    organisation: str
    municipality: str
    language: str
    phone: str = ""
    line: str = ""


def invite(ports: Ports, meeting_id: str, wanted: Wanted, now: datetime) -> Invitation:
    """Ask somebody to speak at a meeting, and plan the mail that asks them.

    Raises NotFound, Invalid for a place of business that is not on the county's list, and Closed: "cancelled" or
    "started", and "asked" with the invitation that there is for this meeting, or that is open for another one.
    """
    if wanted.municipality not in ports.settings.municipalities:
        raise Invalid({"municipality": "outside"})
    person = person_id(ports.settings.identity_key, wanted.email)

    def work(store: Transaction) -> tuple[Invitation, Message]:
        meeting = meeting_of(store, meeting_id)
        if meeting.cancelled or now >= meeting.starts_at:
            raise Closed("cancelled" if meeting.cancelled else "started")
        _refuse_asked(store, person, meeting, now)
        invitation = scheduled(_new(meeting, person, wanted, now), meeting, ports.settings)
        message = to_speaker(mails.INVITED, "1", invitation, meeting, now, meeting.starts_at)
        store.create(invitation)
        store.create(message)
        return invitation, message

    invitation, message = ports.store.transact(work)
    wake_planned(ports, [message])
    return invitation


def nudge_by_hand(ports: Ports, id: str, now: datetime) -> Invitation:
    """Ask once more, because a human wants it. The state is read where it is decided.

    Raises NotFound, and Closed: "cancelled", "started", "answered", or "just_asked" for who was asked within a day.
    """

    def work(store: Transaction) -> tuple[Invitation, Message]:
        invitation, meeting = with_meeting(store, id)
        if meeting.cancelled or now >= meeting.starts_at:
            raise Closed("cancelled" if meeting.cancelled else "started")
        if not invitation.awaited:
            raise Closed("answered", invitation)
        if now - max(invitation.asked_at, invitation.asked_by_hand_at or invitation.asked_at) < PAUSE:
            raise Closed("just_asked", invitation)
        nudged = invitation.model_copy(update={"asked_by_hand_at": now, "stage": max(invitation.stage, 1)})
        nudged = scheduled(nudged, meeting, ports.settings)
        occurrence = f"{nudged.round}-{int(now.timestamp())}"
        message = to_speaker(mails.NUDGED, occurrence, nudged, meeting, now, meeting.starts_at)
        store.put(nudged)
        store.create(message)
        return nudged, message

    nudged, message = ports.store.transact(work)
    wake_planned(ports, [message])
    return nudged


def _refuse_asked(store: Reader, person: str, meeting: Meeting, now: datetime) -> None:
    """Raise Closed if this person has an invitation to this meeting, or an open one to another that is to come."""
    for known in store.query(Invitation, Query(equal={"person": person}, limit=MANY)):
        if known.meeting == meeting.id or (known.state in BUSY and _is_to_come(store, known, now)):
            raise Closed("asked", known)


def _is_to_come(store: Reader, known: Invitation, now: datetime) -> bool:
    return now < meeting_of(store, known.meeting).ends_at


def _new(meeting: Meeting, person: str, wanted: Wanted, now: datetime) -> Invitation:
    return Invitation(
        id=invitation_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        mailbox=person,
        history=(Step(state=InvitationState.ASKED, at=now, by="coordinator"),),
        invited_at=now,
        asked_at=now,
        **wanted.model_dump(),
    )
