"""The function `reminders`: plans the mails that fall due and wakes what got stuck, every quarter of an hour."""

from werkzeug import Request, Response

from dela.duties.plan_mails import plan_mails
from dela.duties.workers import run
from dela.ports import Ports


def handle(request: Request, ports: Ports) -> Response:
    """Run once; the request says nothing."""
    return run(request, "reminders", lambda: plan_mails(ports, ports.clock.now()))
