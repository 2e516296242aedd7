"""The function `join`: before, when and how; in the window, a button into the room; from the start, the agenda."""

from werkzeug import Request, Response

from dela.attending.ask_by_mail import ask_for_manage_link
from dela.attending.enter_room import enter_room
from dela.attending.links import JOIN
from dela.attending.registration import Registration
from dela.attending.standing import Closed, Standing, at_the_door
from dela.errors import NotFound
from dela.meetings.meeting import LOOKS_AGAIN_BEFORE, Meeting
from dela.meetings.reading import meeting_of, next_meeting
from dela.ports import Ports
from dela.speaking.agenda import agenda_shown
from dela.web.call import Call
from dela.web.endpoint import Endpoint
from dela.web.headers import page_headers

LONGEST_WAIT = 600
WAIT_FOR_ROOM = 30
SPREAD = 20
"""Seconds over which the pages of one meeting spread their looking again, so that not all come at once."""


def show(call: Call, token: str, status: int = 200, *, mailed: bool = False) -> Response:
    """GET: where things stand. It counts nothing, however often it is looked at."""
    registration = call.ports.store.get(Registration, call.open(JOIN, token))
    if registration is None:
        raise NotFound("erased")
    meeting = meeting_of(call.ports.store, registration.meeting)
    standing = at_the_door(registration, meeting, call.now)
    present = standing is Standing.ROOM_OPEN and registration.present_at is not None
    links = call.site.links
    answer = call.linked_page(
        "join.html",
        JOIN,
        token,
        status,
        meeting=meeting,
        registration=registration,
        state=standing,
        present=present,
        room_url=meeting.room_url if present else None,
        phone=meeting.phone if present else None,
        agenda=agenda_shown(call.ports.store, meeting, call.now) if registration.confirmed else None,
        next_meeting=next_meeting(call.ports.store, call.now, meeting.id),
        signup_url=links.page(None, call.language),
        mailed=mailed,
    )
    answer.headers.update(page_headers(call.site, call.language, "'self' https:"))
    wait = _looks_again_in(call, registration, meeting, standing)
    if wait is not None:
        answer.headers["Refresh"] = str(wait)
    return answer


def enter(call: Call, token: str) -> Response:
    """POST: count this person as present, once, and lead into the room; or mail its owner the link to manage.

    Who holds this link may not be who registered: mails get passed on.
    """
    id = call.open(JOIN, token)
    if call.request.form.get("action") == "manage":
        ask_for_manage_link(call.ports, id, call.now)
        return show(call, token, mailed=True)
    try:
        room = enter_room(call.ports, id, call.now)
    except Closed:
        return show(call, token, 409)
    return Response(
        status=303, headers={"Location": room, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    )


def _looks_again_in(call: Call, registration: Registration, meeting: Meeting, standing: Standing) -> int | None:
    """After how many seconds the page loads itself again; None where nothing would change by itself."""
    spread = sum(registration.person.encode()) % SPREAD
    if standing is Standing.WAITING:
        return WAIT_FOR_ROOM + spread
    if standing is not Standing.BEFORE or call.now < meeting.starts_at - LOOKS_AGAIN_BEFORE:
        return None
    until_open = int((meeting.opens_at - call.now).total_seconds()) + 1
    return min(until_open, LONGEST_WAIT) + spread


_endpoint = Endpoint("join", [("/<token>", {"GET": show, "POST": enter})])


def handle(request: Request, ports: Ports) -> Response:
    """Answer one request; never raises."""
    return _endpoint(request, ports)
