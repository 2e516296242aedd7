"""The personal links that attendees' mails carry; web/ has what answers them."""

from datetime import timedelta

from dela.attending.registration import CONFIRM_WITHIN, Registration
from dela.web.links import LONG, Link, Sees

OWN_DATA_WITHIN = timedelta(hours=1)
"""Behind this link all data may be taken along or erased: it is asked for, and good for a short time only."""


def _one_attempt(registration: Registration, occurrence: str) -> str:
    return f"{registration.id}.{occurrence}"


def attempt_in(named: str) -> tuple[str, int | None]:
    """What a confirmation link names: a registration, and which sign-up of it. Older links name no sign-up (None)."""
    meeting, person, *attempt = named.split(".")
    return f"{meeting}.{person}", int(attempt[0]) if attempt else None


CONFIRM = Link(
    purpose="confirm",
    path="/signup/confirm/{token}",
    age=CONFIRM_WITHIN,
    shows=Sees.NAME | Sees.ADDRESS,
    names=_one_attempt,
)
MANAGE = Link(purpose="manage", path="/signup/manage/{token}", age=LONG, shows=Sees.NAME | Sees.ADDRESS)
OWN_DATA = Link(purpose="own_data", path="/signup/manage/{token}", age=OWN_DATA_WITHIN, shows=Sees.NAME)
CALENDAR = Link(purpose="calendar", path="/signup/calendar/{token}.ics", age=LONG, shows=Sees.NOBODY)
UNSUBSCRIBE = Link(purpose="unsubscribe", path="/signup/unsubscribe/{token}", age=LONG, shows=Sees.NOBODY)
JOIN = Link(purpose="join", path="/join/{token}", age=LONG, shows=Sees.NAME)
LINKS = (CONFIRM, MANAGE, OWN_DATA, CALENDAR, UNSUBSCRIBE, JOIN)
