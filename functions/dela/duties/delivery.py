"""The function `delivery`: sends what is due. A key in the body is a hint where to look."""

from werkzeug import Request, Response

from dela.duties.workers import hint, run
from dela.mailing.deliver import deliver
from dela.ports import Ports


def handle(request: Request, ports: Ports) -> Response:
    """Send what the hint names if it is due, else some of what is due."""
    return run(request, "delivery", lambda: deliver(ports, hint(request)))
