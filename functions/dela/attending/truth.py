"""When a mail to attendees is true, as its meeting and its reader stand when it is about to leave.

docs/rules.md, "Truth at send time".
"""

from collections.abc import Callable

from dela.attending.registration import Registration, RegistrationState
from dela.mailing.kinds import SEND, TOO_LATE, Occasion, Verdict
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import reminders_of


def for_who_is(state: RegistrationState) -> Callable[[Registration], str]:
    """True for who is in this state."""
    return lambda registration: "" if registration.state is state else f"registration_{registration.state}"


def for_whoever(registration: Registration) -> str:
    """True for everyone who has not been erased."""
    return ""


def while_of_use(meeting: Meeting, occasion: Occasion) -> Verdict:
    """True as long as it is of use, whatever becomes of the meeting."""
    return SEND if occasion.now < occasion.useful_until else Verdict(drop=TOO_LATE)


def while_held(meeting: Meeting, occasion: Occasion) -> Verdict:
    """True until the end of a meeting that is held."""
    if meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    return SEND if occasion.now < meeting.ends_at else Verdict(drop=TOO_LATE)


def while_cancelled(meeting: Meeting, occasion: Occasion) -> Verdict:
    """True of a cancelled meeting until the end that it would have had."""
    return while_of_use(meeting, occasion) if meeting.cancelled else Verdict(drop="not_cancelled")


def of_last_move(meeting: Meeting, occasion: Occasion) -> Verdict:
    """True of the change of the meeting that it tells of, until there is another."""
    held = while_held(meeting, occasion)
    return held if held.drop or occasion.occurrence == str(meeting.sequence) else Verdict(drop="meeting_moved_again")


def of_reminder(meeting: Meeting, occasion: Occasion) -> Verdict:
    """True of the reminder's time as the meeting is now, for who was registered before its sending begins."""
    held = while_held(meeting, occasion)
    if held.drop:
        return held
    settings = occasion.settings
    reminders = reminders_of(meeting, settings.reminders, settings.zone)
    reminder = next((each for each in reminders if each.occurrence == occasion.occurrence), None)
    if reminder is None:
        return Verdict(drop="meeting_moved")
    begins = reminder.due_at - occasion.lead
    if occasion.now < begins:
        return Verdict(not_before=begins)
    return Verdict(meant_for=begins) if occasion.now < reminder.useful_until else Verdict(drop=TOO_LATE)
