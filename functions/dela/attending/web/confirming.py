"""The page behind the confirmation link: a GET shows a button, only the button confirms."""

from typing import Any

from werkzeug import Response

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.enter_room import room_state
from dela.attending.registration import Registration, RegistrationState
from dela.errors import Conflict, Expired, NotFound
from dela.meetings.meeting import Meeting
from dela.meetings.reading import is_full, meeting_of, next_with_a_seat
from dela.web.endpoint import Call
from dela.web.links import Purpose


def show(call: Call, token: str) -> Response:
    """GET: what would be confirmed and the button, or what has become of it."""
    registration = _registration(call, token)
    meeting = meeting_of(call.ports.store, registration.meeting)
    return _page(call, token, registration, meeting, _state(call, registration, meeting))


def press(call: Call, token: str) -> Response:
    """POST: confirm, or with action=next take a seat at the next meeting; then show it."""
    id = call.open(Purpose.CONFIRM, token)
    try:
        if call.request.form.get("action") == "next":
            return _led_on(call, confirm_for_next(call.ports, id, call.now))
        return _led_on(call, confirm(call.ports, id, call.now))
    except Conflict as conflict:
        registration = _registration(call, token)
        meeting = meeting_of(call.ports.store, registration.meeting)
        return _page(call, token, registration, meeting, str(conflict), 409)


def _registration(call: Call, token: str) -> Registration:
    registration = call.ports.store.get(Registration, call.open(Purpose.CONFIRM, token))
    if registration is None:
        raise NotFound("erased")
    if registration.expired(call.now):
        raise Expired("not confirmed in time")
    return registration


def _led_on(call: Call, registration: Registration) -> Response:
    """To the page that tells what was confirmed; while the room is open, straight to its button."""
    meeting = meeting_of(call.ports.store, registration.meeting)
    links = call.site.links
    in_room = room_state(registration, meeting, call.now) in ("open", "waiting")
    target = links.join(registration.id, call.now) if in_room else links.confirm(registration.id, call.now)
    return Response(status=303, headers={"Location": links.in_language(target, call.language)})


def _state(call: Call, registration: Registration, meeting: Meeting) -> str:
    if meeting.cancelled:
        return "cancelled"
    if not meeting.takes_registrations(call.now):
        return "ended"
    if registration.state is RegistrationState.PENDING and is_full(call.ports.store, meeting):
        return "full"
    return registration.state.value


def _page(
    call: Call, token: str, registration: Registration, meeting: Meeting, state: str, status: int = 200
) -> Response:
    links = call.site.links
    own: dict[str, Any] = {"join_url": None, "manage_url": None, "calendar_url": None}
    if state == "confirmed":
        own = {
            "join_url": links.join(registration.id, call.now),
            "manage_url": links.manage(registration.id, call.now),
            "calendar_url": links.calendar(registration.id, call.now),
        }
    return call.page(
        "confirm.html",
        status,
        token_action=links.in_language(links.at(Purpose.CONFIRM, token), call.language),
        other_language_url=links.in_other_language(links.at(Purpose.CONFIRM, token), call.language),
        meeting=meeting,
        registration=registration,
        state=state,
        next_meeting=next_with_a_seat(call.ports.store, call.now, meeting.id),
        **own,
    )
