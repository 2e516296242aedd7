"""The personal links that attendees' mails carry; web/ has what answers them."""

from dataclasses import replace
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
THANKS = Link(purpose="thanks", path="/signup/thanks/{token}", age=timedelta(hours=1), shows=Sees.ADDRESS)
"""The page after a sign-up, not mailed: it names the address that was typed, so that a slip in it is seen."""
HEAR = Link(purpose="hear", path="/signup/next/{token}", age=LONG, shows=Sees.NAME | Sees.ADDRESS)
HEAR_NO_MORE = Link(purpose="hear_no_more", path="/signup/no-more/{token}", age=LONG, shows=Sees.NOBODY)
LINKS = (CONFIRM, MANAGE, OWN_DATA, CALENDAR, UNSUBSCRIBE, JOIN, THANKS)
"""Those that name a registration."""
HEAR_LINKS = (HEAR, HEAR_NO_MORE)
"""Those that name a listener."""


def long_afterwards(link: Link) -> Link:
    """The same link to whoever opens it after its age: only to be told where they stand."""
    return replace(link, age=LONG)
