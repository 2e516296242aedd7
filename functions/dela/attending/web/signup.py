"""The function `signup`: the meeting's page and form, the JSON API, and all that a registered person does by mail.

What answers a path is loaded when somebody first asks for it: nobody who wants the page waits for the rest.
"""

from werkzeug import Request, Response

from dela.attending.web import public_page
from dela.ports import Ports
from dela.web.answers import error_answer
from dela.web.call import FORM_TYPES, JSON_TYPE, Call
from dela.web.endpoint import Endpoint


def submit(call: Call, meeting: str | None = None) -> Response:
    """POST: sign up by JSON or by form."""
    if call.request.mimetype == JSON_TYPE:
        from dela.attending.web import api

        return api.submit(call, meeting)
    return public_page.submit(call, meeting) if call.request.mimetype in FORM_TYPES else error_answer(call, 415)


def meetings(call: Call) -> Response:
    """GET: the open meetings as JSON."""
    from dela.attending.web import api

    return api.meetings(call)


def openapi(call: Call) -> Response:
    """GET: the description of the JSON API."""
    from dela.attending.web import api

    return api.openapi(call)


def health(call: Call) -> Response:
    """GET: whether the schedule runs."""
    from dela.attending.web import health

    return health.health(call)


def confirm(call: Call, token: str) -> Response:
    """GET, POST: the page behind the confirmation link."""
    from dela.attending.web import confirming

    return (confirming.press if call.posted else confirming.show)(call, token)


def manage(call: Call, token: str) -> Response:
    """GET, POST: what a person may do with their registration."""
    from dela.attending.web import managing

    return (managing.change if call.posted else managing.show)(call, token)


def calendar(call: Call, token: str) -> Response:
    """GET: the calendar file."""
    from dela.attending.web import managing

    return managing.calendar(call, token)


def unsubscribe(call: Call, token: str) -> Response:
    """GET, POST: the one click of RFC 8058."""
    from dela.attending.web import managing

    return (managing.unsubscribe if call.posted else managing.ask_unsubscribe)(call, token)


_endpoint = Endpoint(
    "signup",
    [
        ("/", {"GET": public_page.show, "POST": submit}),
        ("/meetings.json", {"GET": meetings}),
        ("/openapi.json", {"GET": openapi}),
        ("/health", {"GET": health}),
        ("/confirm/<token>", {"GET": confirm, "POST": confirm}),
        ("/manage/<token>", {"GET": manage, "POST": manage}),
        ("/calendar/<token>.ics", {"GET": calendar}),
        ("/unsubscribe/<token>", {"GET": unsubscribe, "POST": unsubscribe}),
        ("/<meeting>", {"GET": public_page.show, "POST": submit}),
        ("/<meeting>/thanks", {"GET": public_page.thanks}),
    ],
    shared=("/", "/meetings.json", "/openapi.json", "/<meeting>"),
)


def handle(request: Request, ports: Ports) -> Response:
    """Answer one request; never raises."""
    return _endpoint(request, ports)
