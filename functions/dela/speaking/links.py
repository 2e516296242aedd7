"""The personal links that speakers' and coordinators' mails carry; web/ has what answers them."""

from datetime import timedelta

from dela.web.links import LONG, Link, Sees

CONFIRM_ADDRESS_WITHIN = timedelta(hours=48)
HOST_AGE = timedelta(days=30)
"""The host's page is mailed a day before and ends with its meeting, which may be moved in between."""

INVITATION = Link(purpose="invitation", path="/invitation/{token}", age=LONG, shows=Sees.NAME | Sees.ADDRESS)
SPEAKER_JOIN = Link(purpose="speaker_join", path="/invitation/join/{token}", age=LONG, shows=Sees.NAME)
SPEAKER_CALENDAR = Link(
    purpose="speaker_calendar", path="/invitation/calendar/{token}.ics", age=LONG, shows=Sees.NOBODY
)
SPEAKER_ADDRESS = Link(
    purpose="speaker_address", path="/invitation/address/{token}", age=CONFIRM_ADDRESS_WITHIN, shows=Sees.ADDRESS
)
HOST = Link(purpose="host", path="/invitation/host/{token}", age=HOST_AGE, shows=Sees.NOBODY)
LINKS = (INVITATION, SPEAKER_JOIN, SPEAKER_CALENDAR, SPEAKER_ADDRESS, HOST)
