"""The demo's own pages: where to click, the clock, and the mailbox. They exist in the demo only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from werkzeug import Request, Response

from dela.demo.clock_pages import ClockPages
from dela.demo.mailbox_pages import Mailbox, MailboxPages
from dela.ports import Ports
from dela.web.endpoint import Endpoint


@dataclass(frozen=True)
class Demo:
    """What the demo adds: a mailbox, and a way to move the program's time and run what falls due on the way."""

    mailbox: Mailbox
    travel: Callable[[datetime], None]


def endpoint(demo: Demo) -> Callable[[Request, Ports], Response]:
    """The demo's pages as an endpoint."""
    clock, mailbox = ClockPages(demo.travel, demo.mailbox.count), MailboxPages(demo.mailbox)
    return Endpoint(
        "",
        [
            ("/", {"GET": clock.show}),
            ("/demo/clock", {"POST": clock.move}),
            ("/demo/mailbox", {"GET": mailbox.newest}),
            ("/demo/mailbox/<id>", {"GET": mailbox.mail}),
            ("/demo/mailbox/<id>/html", {"GET": mailbox.html}),
            ("/demo/mailbox/<id>/<int:number>", {"GET": mailbox.attachment}),
        ],
    )
