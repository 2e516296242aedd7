"""What becomes of a meeting's speakers when it is moved or cancelled: they are asked anew, or told."""

from datetime import datetime

from dela.mailing.kinds import MailKind
from dela.meetings.changes import NOTHING, OnMeeting, Writes
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.speaking import mails
from dela.speaking.invitation import AWAITED, SPEAKING, Invitation, InvitationState
from dela.speaking.reminding import invitations_to
from dela.speaking.telling import Reached, step
from dela.store.contract import Reader

OPEN = (*dict.fromkeys((*AWAITED, *SPEAKING)), InvitationState.STANDBY)
"""Whom a change of the meeting concerns: after a no there is nothing more."""


def _moved(ports: Ports, store: Reader, meeting: Meeting, at: datetime) -> Writes:
    """Who had said yes keeps the place and is asked whether the new time suits; who was asked is asked anew."""

    def asked_anew(each: Invitation) -> Reached:
        state = InvitationState.ASKED_AGAIN if each.speaks else each.state
        anew = each.model_copy(update={"asked_at": at, "round": each.round + 1, "stage": 0})
        return _step(ports, meeting, anew, state, at, mails.MOVED)

    return _writes([asked_anew(each) for each in invitations_to(store, meeting.id) if each.state in OPEN])


def _cancelled(ports: Ports, store: Reader, meeting: Meeting, at: datetime) -> Writes:
    concerned = [each for each in invitations_to(store, meeting.id) if each.state in OPEN]
    state = InvitationState.CANCELLED
    return _writes([_step(ports, meeting, each, state, at, mails.CANCELLED) for each in concerned])


def _step(
    ports: Ports, meeting: Meeting, each: Invitation, state: InvitationState, at: datetime, kind: MailKind
) -> Reached:
    return step(ports.settings, meeting, each, state, "coordinator", at, kind, quietly=True)


def _writes(done: list[Reached]) -> Writes:
    return Writes(create=[mail for each in done for mail in each.mails], put=[each.invitation for each in done])


SPEAKERS = OnMeeting(name="speakers", moved=_moved, cancelled=_cancelled, ended=lambda *_: NOTHING)
