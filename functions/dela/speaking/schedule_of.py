"""What time does with an invitation: pure rules, from its state and its meeting."""

from datetime import datetime, timedelta
from enum import StrEnum

from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.speaking.asking_times import asking_times
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.reminding import next_reminder

AHEAD = timedelta(minutes=35)
"""So long before it is due a reminder is planned: the schedule runs every quarter of an hour, and may miss a run."""


class Does(StrEnum):
    """What falls due. Of what is due at once the last of these is done, and stands for those before it."""

    NUDGE = "nudge"
    CALL = "call"
    EXPIRE = "expire"
    RELEASE = "release"
    REMIND = "remind"


def dues_of(invitation: Invitation, meeting: Meeting, settings: Settings) -> list[tuple[datetime, Does]]:
    """All that is still to come of an invitation as it stands, in order of time."""
    if meeting.cancelled:
        return []
    dues: list[tuple[datetime, Does]] = []
    if invitation.awaited:
        times = asking_times(invitation.asked_at, meeting.starts_at, settings)
        if times.nudge_at is not None and invitation.stage < 1:
            dues.append((times.nudge_at, Does.NUDGE))
        if times.call_at is not None and invitation.stage < 2:
            dues.append((times.call_at, Does.CALL))
        if invitation.state is InvitationState.ASKED:
            dues.append((times.expires_at, Does.EXPIRE))
    if invitation.state is InvitationState.STANDBY:
        dues.append((meeting.starts_at, Does.RELEASE))
    reminder = next_reminder(invitation, meeting, settings) if invitation.speaks else None
    if reminder is not None:
        dues.append((reminder.due_at - AHEAD, Does.REMIND))
    return sorted(dues)


def scheduled(invitation: Invitation, meeting: Meeting, settings: Settings) -> Invitation:
    """The invitation with the time at which the schedule has to look at it next."""
    dues = dues_of(invitation, meeting, settings)
    return invitation.model_copy(update={"next_at": dues[0][0] if dues else None})
