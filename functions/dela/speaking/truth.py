"""When a mail about speaking is true, as things stand when it leaves (docs/rules.md, "Truth at send time")."""

from collections.abc import Callable
from typing import Any

from dela.mailing.kinds import SEND, TOO_LATE, Occasion, Verdict
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.lined_up import LineUp
from dela.speaking.matter import Asked
from dela.speaking.reminding import reminders_to_speakers


def for_who_is(*states: InvitationState) -> Callable[[Invitation], str]:
    """True for who is in one of these states."""
    return lambda invitation: "" if invitation.state in states else f"invitation_{invitation.state}"


def for_whoever(addressee: Any) -> str:
    """True for everyone who is still there."""
    return ""


def while_asked(matter: Asked, occasion: Occasion) -> Verdict:
    """True of the asking that it belongs to, until the start of a meeting that is held."""
    held = _until_the_start(matter, occasion)
    if held.drop:
        return held
    return SEND if occasion.occurrence.partition("-")[0] == str(matter.invitation.round) else Verdict(drop="asked_anew")


def of_last_step(matter: Asked, occasion: Occasion) -> Verdict:
    """True of the state that it tells of, until another is reached or it is of no more use."""
    if occasion.occurrence != str(matter.invitation.steps):
        return Verdict(drop="overtaken")
    return SEND if occasion.now < occasion.useful_until else Verdict(drop=TOO_LATE)


def of_reminder(matter: Asked, occasion: Occasion) -> Verdict:
    """True of the reminder's time as the meeting is now."""
    held = _until_the_start(matter, occasion)
    if held.drop:
        return held
    reminders = reminders_to_speakers(matter.meeting, occasion.settings)
    reminder = next((each for each in reminders if each.occurrence == occasion.occurrence), None)
    if reminder is None:
        return Verdict(drop="meeting_moved")
    if occasion.now < reminder.due_at:
        return Verdict(not_before=reminder.due_at)
    return SEND if occasion.now < reminder.useful_until else Verdict(drop=TOO_LATE)


def of_new_address(matter: Asked, occasion: Occasion) -> Verdict:
    """True of the address that was typed last."""
    typed = occasion.occurrence == str(matter.invitation.addresses) and matter.invitation.new_email
    return SEND if typed else Verdict(drop="address_changed_again")


def while_of_use(matter: Any, occasion: Occasion) -> Verdict:
    """True as long as it is of use, whatever has become of it since."""
    return SEND if occasion.now < occasion.useful_until else Verdict(drop=TOO_LATE)


def while_waited_for(matter: LineUp, occasion: Occasion) -> Verdict:
    """True while the invitation that it is about is not answered."""
    if matter.invitation is None or not matter.invitation.awaited:
        return Verdict(drop="answered")
    return while_of_use(matter, occasion)


def while_speakers_are_missing(matter: LineUp, occasion: Occasion) -> Verdict:
    """True of the meeting's time as it was then, while fewer speak than have to."""
    if matter.meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    if occasion.occurrence != f"{occasion.occurrence.partition('@')[0]}@{matter.date(occasion.settings)}":
        return Verdict(drop="meeting_moved")
    if len(matter.speaking) >= occasion.settings.speakers_min:
        return Verdict(drop="enough_speakers")
    return while_of_use(matter, occasion)


def of_the_day_before(matter: LineUp, occasion: Occasion) -> Verdict:
    """True of a meeting that is held on the day that it was planned for."""
    if matter.meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    held = occasion.occurrence == matter.date(occasion.settings)
    return while_of_use(matter, occasion) if held else Verdict(drop="meeting_moved")


def _until_the_start(matter: Asked, occasion: Occasion) -> Verdict:
    if matter.meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    return SEND if occasion.now < matter.meeting.starts_at else Verdict(drop=TOO_LATE)
