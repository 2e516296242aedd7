"""The function `reminders`: what is done every quarter of an hour. It plans what falls due and wakes what got stuck."""

from werkzeug import Request, Response

from dela.duties.run_duties import plan_mails
from dela.duties.workers import run
from dela.ports import Ports


def handle(request: Request, ports: Ports) -> Response:
    """Run once; the request says nothing."""
    return run(request, "reminders", lambda: plan_mails(ports, ports.clock.now()))
