"""The function `retention`: erases what is no longer needed, once a day."""

from werkzeug import Request, Response

from dela.duties.run_duties import retain
from dela.duties.workers import run
from dela.ports import Ports


def handle(request: Request, ports: Ports) -> Response:
    """Run once; the request says nothing."""
    return run(request, "retention", lambda: retain(ports, ports.clock.now()))
