"""Many people at a meeting, written directly."""

from datetime import datetime, timedelta

from dela.attending.registration import Registration, RegistrationState
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.identity import person_id, registration_id

AT_ONCE = 100


def crowd(ports: Ports, meeting: Meeting, people: int, now: datetime) -> list[Registration]:
    """So many registrations that were confirmed an hour ago: person0@example.org and so on."""
    found = [_confirmed(ports, meeting, f"person{number}@example.org", now) for number in range(people)]
    for start in range(0, people, AT_ONCE):
        part = found[start : start + AT_ONCE]
        ports.store.transact(lambda store, part=part: [store.create(each) for each in part])
    return found


def _confirmed(ports: Ports, meeting: Meeting, address: str, now: datetime) -> Registration:
    person = person_id(ports.settings.identity_key, address)
    return Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=address,
        name=f"Person {address}",
        municipality="Åre",
        language="sv",
        state=RegistrationState.CONFIRMED,
        attempt=1,
        signed_up_at=now - timedelta(hours=1),
        confirmed_at=now - timedelta(hours=1),
    )
