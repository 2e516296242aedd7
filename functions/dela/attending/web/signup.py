"""The function `signup`: the meeting's page and form, the JSON API, and all that a registered person does by mail."""

from werkzeug import Request, Response

from dela.attending.web import api as signup_api
from dela.attending.web import confirming as signup_confirm
from dela.attending.web import managing as signup_manage
from dela.attending.web import public_page as signup_pages
from dela.ports import Ports
from dela.web.endpoint import Endpoint

_endpoint = Endpoint(
    "signup",
    [
        ("/", {"GET": signup_pages.show, "POST": signup_pages.submit}),
        ("/meetings.json", {"GET": signup_api.meetings}),
        ("/openapi.json", {"GET": signup_api.openapi}),
        ("/confirm/<token>", {"GET": signup_confirm.show, "POST": signup_confirm.press}),
        ("/manage/<token>", {"GET": signup_manage.show, "POST": signup_manage.change}),
        ("/calendar/<token>.ics", {"GET": signup_manage.calendar}),
        ("/unsubscribe/<token>", {"GET": signup_manage.ask_unsubscribe, "POST": signup_manage.unsubscribe}),
        ("/<meeting>", {"GET": signup_pages.show, "POST": signup_pages.submit}),
        ("/<meeting>/thanks", {"GET": signup_pages.thanks}),
    ],
    shared=("/", "/meetings.json", "/openapi.json", "/<meeting>"),
)


def handle(request: Request, ports: Ports) -> Response:
    """Answer one request; never raises."""
    return _endpoint(request, ports)
