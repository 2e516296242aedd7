"""The mails to speakers and to coordinators, each declared once: to whom, when it is true, and what it carries."""

from collections.abc import Callable
from typing import Any

from dela.mailing.kinds import CalendarPart, MailKind, Method, Occasion, Recipient, Verdict
from dela.speaking import truth
from dela.speaking.invitation import AWAITED, SPEAKING, InvitationState
from dela.speaking.lined_up import A_LINE_UP
from dela.speaking.links import HOST, INVITATION, SPEAKER_ADDRESS, SPEAKER_JOIN
from dela.speaking.matter import AN_INVITATION, Asked
from dela.speaking.recipients import COORDINATOR, NEW_ADDRESS, SPEAKER
from dela.web.links import Link

Judge = Callable[[Any, Occasion], Verdict]


def _entry(method: Method) -> CalendarPart:
    return CalendarPart(method=method, link=SPEAKER_JOIN, sequence=_own_sequence)


def _own_sequence(matter: Asked, addressee: object) -> int:
    """It rises with each change of the meeting and with each state that the speaker reaches (RFC 5546, 2.1.4)."""
    return matter.meeting.sequence + matter.invitation.steps


def _mail(
    name: str,
    true_for: Callable[[Any], str],
    still_true: Judge,
    *links: Link,
    recipient: Recipient = SPEAKER,
    calendar: CalendarPart | None = None,
    replanned: bool = False,
) -> MailKind:
    """A mail to one person about an invitation or a line-up: all of them are answers, asked for, or somebody's work."""
    return MailKind(
        name=name,
        recipient=recipient,
        audience=None,
        matter=A_LINE_UP if recipient is COORDINATOR else AN_INVITATION,
        due=None,
        true_for=true_for,
        still_true=still_true,
        replanned=replanned,
        calendar=calendar,
        one_click=None,
        nameless=False,
        unproven=False,
        when_sent=None,
        links=links,
    )


WHO_IS = truth.for_who_is
INVITED = _mail("speaker_invited", WHO_IS(InvitationState.ASKED), truth.while_asked, INVITATION)
NUDGED = _mail("speaker_nudged", WHO_IS(*AWAITED), truth.while_asked, INVITATION)
OFFERED = _mail("speaker_offered", WHO_IS(InvitationState.ASKED), truth.of_last_step, INVITATION)
MOVED = _mail(
    "speaker_moved",
    WHO_IS(*AWAITED, InvitationState.STANDBY),
    truth.of_last_step,
    INVITATION,
)
CONFIRMED = _mail(
    "speaker_confirmed",
    WHO_IS(InvitationState.CONFIRMED),
    truth.of_last_step,
    INVITATION,
    SPEAKER_JOIN,
    calendar=_entry("PUBLISH"),
)
NOTED = _mail(
    "speaker_noted",
    WHO_IS(InvitationState.DECLINED, InvitationState.STANDBY),
    truth.of_last_step,
    INVITATION,
)
OUT = _mail(
    "speaker_out",
    WHO_IS(InvitationState.WITHDRAWN, InvitationState.REMOVED, InvitationState.ELSEWHERE),
    truth.of_last_step,
    INVITATION,
    calendar=_entry("CANCEL"),
)
RELEASED = _mail("speaker_released", WHO_IS(InvitationState.RELEASED), truth.of_last_step)
CANCELLED = _mail("speaker_cancelled", WHO_IS(InvitationState.CANCELLED), truth.of_last_step, calendar=_entry("CANCEL"))
REMINDER = _mail("speaker_reminder", WHO_IS(*SPEAKING), truth.of_reminder, INVITATION, SPEAKER_JOIN, replanned=True)
ADDRESS = _mail("speaker_address", truth.for_whoever, truth.of_new_address, SPEAKER_ADDRESS, recipient=NEW_ADDRESS)
STATE = _mail("speaker_state", truth.for_whoever, truth.while_of_use, recipient=COORDINATOR)
DIGEST = _mail("speaker_digest", truth.for_whoever, truth.while_of_use, recipient=COORDINATOR)
CALL = _mail("speaker_call", truth.for_whoever, truth.while_waited_for, recipient=COORDINATOR)
FEW = _mail("few_speakers", truth.for_whoever, truth.while_speakers_are_missing, recipient=COORDINATOR)
HOSTING = _mail("host", truth.for_whoever, truth.of_the_day_before, HOST, recipient=COORDINATOR)
TO_SPEAKERS = (INVITED, NUDGED, OFFERED, MOVED, CONFIRMED, NOTED, OUT, RELEASED, CANCELLED, REMINDER, ADDRESS)
TO_COORDINATORS = (STATE, DIGEST, CALL, FEW, HOSTING)
MAILS = (*TO_SPEAKERS, *TO_COORDINATORS)
