"""Truth at send time: whether a planned mail is still true, read when it is about to leave (product.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dela.attending.registration import Registration, RegistrationState
from dela.mailing.ledger import Reason
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import Reminder


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a mail: send it, drop it for a reason (a code), or look again at a later time.

    `meant_for` is set for a reminder to send: it is for those who confirmed before, as the meeting stands now.
    """

    drop: str = ""
    not_before: datetime | None = None
    meant_for: datetime | None = None


SEND = Verdict()
TOO_LATE = "too_late"


def of_audience(
    reason: Reason,
    occurrence: str,
    useful_until: datetime,
    meeting: Meeting | None,
    reminders: Sequence[Reminder],
    now: datetime,
    lead: timedelta = timedelta(0),
) -> Verdict:
    """Whether a mail of this reason is still true for anyone: the meeting decides, whoever reads it."""
    if meeting is None:
        return Verdict(drop="meeting_gone")
    if reason is Reason.CANCELLED:
        return SEND if meeting.cancelled and now < useful_until else Verdict(drop="not_cancelled")
    if reason in (Reason.LEFT, Reason.OWN_DATA):
        return SEND if now < useful_until else Verdict(drop=TOO_LATE)
    if meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    if now >= meeting.ends_at:
        return Verdict(drop=TOO_LATE)
    if reason is Reason.MOVED:
        return SEND if occurrence == str(meeting.sequence) else Verdict(drop="meeting_moved_again")
    if reason is Reason.REMINDER:
        return _of_reminder(occurrence, reminders, now, lead)
    return SEND


def of_person(reason: Reason, registration: Registration | None) -> Verdict:
    """Whether a mail of this reason is still true for this person."""
    if registration is None:
        return Verdict(drop="erased")
    expected = {Reason.CONFIRM: RegistrationState.PENDING, Reason.LEFT: RegistrationState.LEFT}
    if reason is Reason.OWN_DATA or registration.state is expected.get(reason, RegistrationState.CONFIRMED):
        return SEND
    return Verdict(drop=f"registration_{registration.state}")


def _of_reminder(occurrence: str, reminders: Sequence[Reminder], now: datetime, lead: timedelta) -> Verdict:
    reminder = next((each for each in reminders if each.occurrence == occurrence), None)
    if reminder is None:
        return Verdict(drop="meeting_moved")
    begins = reminder.due_at - lead
    if now < begins:
        return Verdict(not_before=begins)
    return Verdict(meant_for=begins) if now < reminder.useful_until else Verdict(drop=TOO_LATE)
