"""The page behind the confirmation link: a GET shows a button, only the button confirms."""

from typing import Any

from werkzeug import Response

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.links import CALENDAR, CONFIRM, JOIN, attempt_in
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seats import is_full, next_with_a_seat
from dela.attending.standing import IN_THE_ROOM, Closed, Standing, at_the_door, of_registration
from dela.errors import Expired, NotFound
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.web.call import Call


def show(call: Call, token: str) -> Response:
    """GET: what would be confirmed and the button, or what has become of it."""
    registration = _registration(call, token)
    meeting = meeting_of(call.ports.store, registration.meeting)
    standing = of_registration(registration, meeting, call.now, lambda: is_full(call.ports.store, meeting))
    return _page(call, token, registration, meeting, standing)


def press(call: Call, token: str) -> Response:
    """POST: confirm, or with action=next take a seat at the next meeting; then show it."""
    id, attempt = attempt_in(call.open(CONFIRM, token))
    take = confirm_for_next if call.request.form.get("action") == "next" else confirm
    try:
        return _led_on(call, take(call.ports, id, call.now, attempt))
    except Closed as closed:
        registration = _registration(call, token)
        meeting = meeting_of(call.ports.store, registration.meeting)
        return _page(call, token, registration, meeting, closed.standing, 409)


def _registration(call: Call, token: str) -> Registration:
    """The registration, with what the sign-up said that this link confirms. Raises NotFound or Expired."""
    id, attempt = attempt_in(call.open(CONFIRM, token))
    registration = call.ports.store.get(Registration, id)
    if registration is None:
        raise NotFound("erased")
    if registration.expired(call.now):
        raise Expired("not confirmed in time")
    if registration.state is not RegistrationState.PENDING:
        return registration
    asked = registration.as_asked(attempt)
    if asked is None:
        raise Expired("a sign-up that others have followed")
    return asked


def _led_on(call: Call, registration: Registration) -> Response:
    """To the page that tells what was confirmed; while the room is open, straight to its button."""
    meeting = meeting_of(call.ports.store, registration.meeting)
    links = call.site.links
    link = JOIN if at_the_door(registration, meeting, call.now) in IN_THE_ROOM else CONFIRM
    target = links.in_language(links.to(link, registration.id, call.now), call.language)
    return Response(status=303, headers={"Location": target})


def _page(
    call: Call, token: str, registration: Registration, meeting: Meeting, standing: Standing, status: int = 200
) -> Response:
    links = call.site.links
    own: dict[str, Any] = {"join_url": None, "calendar_url": None}
    if standing is Standing.CONFIRMED:
        own = {
            "join_url": links.to(JOIN, registration.id, call.now),
            "calendar_url": links.to(CALENDAR, registration.id, call.now),
        }
    return call.linked_page(
        "confirm.html",
        CONFIRM,
        token,
        status,
        meeting=meeting,
        registration=registration,
        state=standing,
        next_meeting=next_with_a_seat(call.ports.store, call.now, meeting.id),
        **own,
    )
