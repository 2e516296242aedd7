"""Whom mails of attending are written to: one attendee, or all who are registered."""

from dataclasses import replace
from datetime import datetime

from dela.attending.registration import Registration, RegistrationState
from dela.mailing.kinds import Audience, Recipient, nobody
from dela.ports import Ports
from dela.speaking.reminding import speakers_reminded_too
from dela.store.identity import registration_id


def _attendee(ports: Ports, meeting: str, person: str) -> Registration | None:
    return ports.store.get(Registration, registration_id(meeting, person))


def _was_registered(registration: Registration, planned_for: datetime) -> bool:
    """Confirmed, and before the mail was meant to start leaving.

    Who confirmed later has read it all in the confirmation (pretix/pretix#3757).
    """
    return registration.confirmed and registration.confirmed_at is not None and registration.confirmed_at < planned_for


ATTENDEE = Recipient(name="attendee", find=_attendee)
REGISTERED = Audience(
    name="registered",
    kind=Registration,
    equal=lambda meeting: {"meeting": meeting, "state": RegistrationState.CONFIRMED},
    includes=_was_registered,
    spares=nobody,
)
REMINDED = replace(REGISTERED, name="reminded", spares=speakers_reminded_too)
"""Who also speaks gets the speaker's mail of that hour only."""
