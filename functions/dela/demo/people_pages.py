"""The people of the demo, each with the links that their mails hold, and the room that they go into."""

from collections.abc import Sequence
from typing import Any

from werkzeug import Response

from dela.attending.links import JOIN, MANAGE
from dela.attending.registration import Registration, RegistrationState
from dela.attending.standing import Standing, of_registration
from dela.attending.states import STATES
from dela.meetings.meeting import Meeting, Phase
from dela.meetings.reading import meeting_of
from dela.store.contract import Query
from dela.web.call import Call

MANY = 300


def figures(call: Call, meetings: Sequence[Meeting]) -> dict[str, Any]:
    """What is counted of the next meeting and of the last one that was held."""
    coming = next((each for each in meetings if each.takes_registrations(call.now)), None)
    held = [each for each in meetings if not each.cancelled and each.phase(call.now) is Phase.ENDED]
    last = held[-1] if held else None
    return {
        "coming": coming,
        "registered": _count(call, coming, state=RegistrationState.CONFIRMED),
        "left": _count(call, coming, state=RegistrationState.LEFT),
        "last": last,
        "present": _present(call, last),
        "were_registered": _count(call, last, state=RegistrationState.CONFIRMED),
    }


def people(call: Call, meeting: str | None = None) -> Response:
    """GET: everyone at a meeting, or at the next one, with where they stand and their own links."""
    found = meeting_of(call.ports.store, meeting) if meeting else _next(call)
    base = call.ports.settings.base_url
    return call.page(
        "demo_people.html",
        meeting=found,
        people=[_person(call, each, found) for each in _registrations(call, found)] if found else [],
        index_url=f"{base}/",
        here="/".join([f"{base}/demo/people", *([found.id] if meeting and found else [])]),
    )


def room(call: Call, meeting: str) -> Response:
    """GET: what stands in for the video meeting."""
    found = meeting_of(call.ports.store, meeting)
    base = call.ports.settings.base_url
    return call.page(
        "demo_room.html",
        meeting=found,
        present=_present(call, found),
        index_url=f"{base}/",
        people_url=f"{base}/demo/people/{found.id}",
        here=f"{base}/demo/room/{found.id}",
    )


def _next(call: Call) -> Meeting | None:
    meetings = call.ports.store.query(Meeting, Query(range_field="starts_at"))
    return next((each for each in meetings if each.takes_registrations(call.now)), None)


def _registrations(call: Call, meeting: Meeting) -> list[Registration]:
    found = call.ports.store.query(Registration, Query(equal={"meeting": meeting.id}, limit=MANY))
    return sorted(found, key=lambda each: each.name)


def _person(call: Call, registration: Registration, meeting: Meeting) -> dict[str, Any]:
    links = call.site.links
    standing = of_registration(registration, meeting, call.now)
    state = STATES[Standing(registration.state.value) if standing in (Standing.ENDED, Standing.CANCELLED) else standing]
    return {
        "registration": registration,
        "state": state,
        "join_url": links.to(JOIN, registration.id, call.now),
        "manage_url": links.to(MANAGE, registration.id, call.now),
    }


def _count(call: Call, meeting: Meeting | None, **equal: str) -> int:
    return call.ports.store.count(Registration, Query(equal={"meeting": meeting.id, **equal})) if meeting else 0


def _present(call: Call, meeting: Meeting | None) -> int:
    if meeting is None:
        return 0
    were_there = Query(equal={"meeting": meeting.id}, range_field="present_at", at_least="")
    return call.ports.store.count(Registration, were_there)
