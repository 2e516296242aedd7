"""The function `retention`: erases what is no longer needed, once a day."""

from werkzeug import Request, Response

from dela.endpoints.workers import run
from dela.ports import Ports
from dela.usecases.retain import retain


def handle(request: Request, ports: Ports) -> Response:
    """Run once; the request says nothing."""
    return run(request, "retention", lambda: retain(ports, ports.clock.now()))
