"""Where a meeting stands, and a person at it: what every page about either is about, told in one set of words."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from dela.attending.registration import Registration, RegistrationState
from dela.errors import Conflict
from dela.meetings.meeting import Meeting, Phase


class Standing(StrEnum):
    """What a page is about. Templates know it by its value."""

    NONE = "none"
    OPEN = "open"
    NOW = "now"
    MOVED = "moved"
    FULL = "full"
    CANCELLED = "cancelled"
    ENDED = "ended"
    ASKED = "asked"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"
    EXPIRED = "expired"
    BEFORE = "before"
    WAITING = "waiting"
    ROOM_OPEN = "room_open"
    ASKED_TO_HEAR = "asked_to_hear"
    TO_HEAR = "to_hear"
    HEARS = "hears"


TAKES_SIGN_UPS = (Standing.OPEN, Standing.NOW, Standing.MOVED)
IN_THE_ROOM = (Standing.ROOM_OPEN, Standing.WAITING)


class Closed(Conflict):
    """What was asked can't be, because of where the meeting or the person at it stands."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.value)
        self.standing = standing


def of_meeting(meeting: Meeting | None, now: datetime, full: Callable[[], bool]) -> Standing:
    """Of a meeting, for who might sign up: NONE, CANCELLED, ENDED, FULL, NOW, MOVED or OPEN. `full` is asked last."""
    if meeting is None:
        return Standing.NONE
    if meeting.cancelled:
        return Standing.CANCELLED
    if not meeting.takes_registrations(now):
        return Standing.ENDED
    if full():
        return Standing.FULL
    if now >= meeting.starts_at:
        return Standing.NOW
    return Standing.MOVED if meeting.moved_from else Standing.OPEN


def of_registration(
    registration: Registration, meeting: Meeting, now: datetime, full: Callable[[], bool] = lambda: False
) -> Standing:
    """Of a person: CANCELLED, ENDED, FULL (who has yet to confirm), PENDING, CONFIRMED or LEFT."""
    if meeting.cancelled:
        return Standing.CANCELLED
    if not meeting.takes_registrations(now):
        return Standing.ENDED
    if registration.state is RegistrationState.PENDING and full():
        return Standing.FULL
    return Standing(registration.state.value)


def at_the_door(registration: Registration, meeting: Meeting, now: datetime) -> Standing:
    """Of a person before the room: CANCELLED, LEFT, BEFORE, ENDED, WAITING (no room is set yet) or ROOM_OPEN."""
    if meeting.cancelled:
        return Standing.CANCELLED
    if not registration.confirmed:
        return Standing.LEFT
    phase = meeting.phase(now)
    if phase in (Phase.BEFORE, Phase.ENDED):
        return Standing(phase.value)
    return Standing.ROOM_OPEN if meeting.room_url else Standing.WAITING
