"""The function `signup`: the meeting's page and form, the JSON API, and all that a registered person does by mail.

What answers a path is loaded when somebody first asks for it: nobody who wants the page waits for the rest.
"""

from typing import cast

from werkzeug import Request, Response

from dela.attending.web import public_page
from dela.ports import Ports
from dela.web.answers import error_answer
from dela.web.call import FORM_TYPES, JSON_TYPE, Call
from dela.web.endpoint import Endpoint, Handler


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


def leave_address(call: Call) -> Response:
    """GET, POST: leave an address to hear of the next meeting, where none is planned."""
    from dela.attending.web import hearing_pages

    return hearing_pages.leave(call) if call.posted else public_page.show(call)


def left_address(call: Call) -> Response:
    """GET: thanks for it."""
    from dela.attending.web import hearing_pages

    return hearing_pages.thanks(call)


def hear(call: Call, token: str) -> Response:
    """GET, POST: the page behind the link of who waits for the next meeting."""
    from dela.attending.web import hearing_pages

    return (hearing_pages.press if call.posted else hearing_pages.show)(call, token)


def hear_no_more(call: Call, token: str) -> Response:
    """GET, POST: the one click of RFC 8058 for who waits."""
    from dela.attending.web import hearing_pages

    return (hearing_pages.no_more if call.posted else hearing_pages.ask_no_more)(call, token)


def behind_the_footer(name: str) -> Handler:
    """A page of footer_pages.py, loaded when first asked for."""

    def handler(call: Call, **parts: str) -> Response:
        from dela.attending.web import footer_pages

        return cast(Response, getattr(footer_pages, name)(call, **parts))

    return handler


def file(name: str) -> Handler:
    """A file of footer_pages.py."""

    def handler(call: Call) -> Response:
        from dela.attending.web import footer_pages

        return footer_pages.file(call, name)

    return handler


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
        ("/thanks/<token>", {"GET": public_page.thanks_naming}),
        ("/next", {"GET": leave_address, "POST": leave_address}),
        ("/next/thanks", {"GET": left_address}),
        ("/next/<token>", {"GET": hear, "POST": hear}),
        ("/no-more/<token>", {"GET": hear_no_more, "POST": hear_no_more}),
        ("/about", {"GET": behind_the_footer("about")}),
        ("/past", {"GET": behind_the_footer("past")}),
        ("/your-data", {"GET": behind_the_footer("your_data")}),
        ("/accessibility", {"GET": behind_the_footer("accessibility")}),
        ("/contact", {"GET": behind_the_footer("contact")}),
        ("/poster", {"GET": behind_the_footer("poster")}),
        ("/<meeting>/poster", {"GET": behind_the_footer("poster")}),
        *((f"/{name}", {"GET": file(name)}) for name in ("fells.png", "apple-touch-icon.png", "favicon.ico")),
        ("/<meeting>", {"GET": public_page.show, "POST": submit}),
        ("/<meeting>/thanks", {"GET": public_page.thanks}),
    ],
    shared=("/", "/meetings.json", "/openapi.json", "/<meeting>"),
)


def handle(request: Request, ports: Ports) -> Response:
    """Answer one request; never raises."""
    return _endpoint(request, ports)
