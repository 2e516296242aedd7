"""The function `invitation`: a speaker answers and prepares, by signed links; and the host's page of a meeting."""

from werkzeug import Request, Response

from dela.ports import Ports
from dela.speaking.web import answering
from dela.web.call import Call
from dela.web.endpoint import Endpoint


def join(call: Call, token: str) -> Response:
    """GET, POST: the speaker's own way in."""
    from dela.speaking.web import way_in

    return (way_in.enter if call.posted else way_in.show)(call, token)


def calendar(call: Call, token: str) -> Response:
    """GET: the speaker's own calendar file."""
    from dela.speaking.web import way_in

    return way_in.calendar(call, token)


def address(call: Call, token: str) -> Response:
    """GET, POST: another address, confirmed by its owner."""
    from dela.speaking.web import addresses

    return (addresses.confirm if call.posted else addresses.show)(call, token)


def host(call: Call, token: str) -> Response:
    """GET, POST: the run sheet beside the meeting."""
    from dela.speaking.web import hosting

    return (hosting.press if call.posted else hosting.show)(call, token)


_endpoint = Endpoint(
    "invitation",
    [
        ("/host/<token>", {"GET": host, "POST": host}),
        ("/join/<token>", {"GET": join, "POST": join}),
        ("/calendar/<token>.ics", {"GET": calendar}),
        ("/address/<token>", {"GET": address, "POST": address}),
        ("/<token>", {"GET": answering.show, "POST": answering.act}),
    ],
)


def handle(request: Request, ports: Ports) -> Response:
    """Answer one request; never raises."""
    return _endpoint(request, ports)
