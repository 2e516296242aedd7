"""The speakers' own reminders, and whom they spare the attendees' mail of the same hour."""

from collections.abc import Collection
from datetime import timedelta

from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import Reminder, reminders_of
from dela.settings import Settings
from dela.speaking.invitation import Invitation
from dela.store.contract import Query, Reader

OFFSETS = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))
MANY = 100
"""More than are ever asked for one meeting."""


def reminders_to_speakers(meeting: Meeting, settings: Settings) -> list[Reminder]:
    """The speakers' reminders of a meeting, in order of time."""
    return reminders_of(meeting, OFFSETS, settings.zone)


def next_reminder(invitation: Invitation, meeting: Meeting, settings: Settings) -> Reminder | None:
    """The first reminder that this speaker has not had.

    Who said yes, or was told of a new time, after it was due has read it all there (pretix/pretix#3757).
    """
    told = [invitation.history[-1].at, invitation.reminded_until, meeting.moved_at]
    since = max(each for each in told if each is not None)
    return next((each for each in reminders_to_speakers(meeting, settings) if each.due_at > since), None)


def speakers_reminded_too(store: Reader, meeting: str, occurrence: str) -> Collection[str]:
    """Whose addresses get a speaker's mail when attendees get the reminder of this occurrence."""
    minutes = {f"{int(offset.total_seconds()) // 60}m" for offset in OFFSETS}
    if occurrence.partition("@")[0] not in minutes:
        return ()
    return {each.mailbox for each in invitations_to(store, meeting) if each.speaks}


def invitations_to(store: Reader, meeting: str) -> list[Invitation]:
    """All who were asked for a meeting, in the order in which that was."""
    found = store.query(Invitation, Query(equal={"meeting": meeting}, limit=MANY))
    return sorted(found, key=lambda each: (each.invited_at, each.id))
