"""The demo's own pages: where to click, the clock, the mailbox, the people, the room. They exist in the demo only."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from werkzeug import Request, Response

from dela.demo import people_pages
from dela.demo.clock_pages import ClockPages
from dela.demo.mailbox_pages import Mailbox, MailboxPages
from dela.ports import Ports
from dela.web.endpoint import Endpoint


@dataclass(frozen=True)
class Demo:
    """What the demo adds: a mailbox, a way to move the program's time and run what falls due on the way, and one back.

    `others` are the addresses of the made-up people.
    """

    mailbox: Mailbox
    travel: Callable[[datetime], None]
    begin_anew: Callable[[], None]
    others: Collection[str]


def endpoint(demo: Demo) -> Callable[[Request, Ports], Response]:
    """The demo's pages as an endpoint."""
    clock = ClockPages(demo.travel, demo.mailbox.count, demo.begin_anew)
    mailbox = MailboxPages(demo.mailbox, demo.others)
    return Endpoint(
        "",
        [
            ("/", {"GET": clock.show}),
            ("/demo/clock", {"POST": clock.move}),
            ("/demo/reset", {"POST": clock.reset}),
            ("/demo/people", {"GET": people_pages.people}),
            ("/demo/people/<meeting>", {"GET": people_pages.people}),
            ("/demo/room/<meeting>", {"GET": people_pages.room}),
            ("/demo/mailbox", {"GET": mailbox.newest}),
            ("/demo/mailbox/<id>", {"GET": mailbox.mail}),
            ("/demo/mailbox/<id>/html", {"GET": mailbox.html}),
            ("/demo/mailbox/<id>/<int:number>", {"GET": mailbox.attachment}),
        ],
    )
