"""The demo's own pages: where to click, the mailbox, and the clock. They exist in the demo only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from werkzeug import Request, Response

from dela import settings as settings_module
from dela.domain.meeting import Meeting
from dela.endpoints.answers import json_answer, problem, wants_json
from dela.endpoints.web import Call, Endpoint
from dela.errors import NotFound
from dela.ports import Ports
from dela.ports.store import Query
from dela.usecases.meetings import next_meeting

PER_PAGE = 50
FARTHEST = timedelta(days=3 * 366)
MOMENTS = {
    "week_before": -timedelta(days=7),
    "day_before": -timedelta(days=1),
    "hour_before": -timedelta(hours=1),
    "start": timedelta(0),
    "day_after": timedelta(days=1),
}


class Mailbox(Protocol):
    """What is read of the outbox."""

    def count(self) -> int:
        """How many mails there are."""
        ...

    def newest(self, limit: int, skip: int = 0) -> Sequence[Any]:
        """The latest mails, newest first."""
        ...

    def find(self, id: str) -> Any | None:
        """The mail of that id, or None."""
        ...


@dataclass(frozen=True)
class Demo:
    """What the demo adds: a mailbox, and a way to move the program's time and run what falls due on the way."""

    mailbox: Mailbox
    travel: Callable[[datetime], None]


def endpoint(demo: Demo) -> Callable[[Request, Ports], Response]:
    """The demo's pages as an endpoint."""
    pages = _DemoPages(demo)
    return Endpoint(
        "",
        [
            ("/", {"GET": pages.index}),
            ("/demo/mailbox", {"GET": pages.mailbox}),
            ("/demo/mailbox/<id>", {"GET": pages.mail}),
            ("/demo/mailbox/<id>/html", {"GET": pages.html}),
            ("/demo/mailbox/<id>/<int:number>", {"GET": pages.attachment}),
            ("/demo/clock", {"POST": pages.move_clock}),
        ],
    )


class _DemoPages:
    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def index(self, call: Call) -> Response:
        meetings = call.ports.store.query(Meeting, Query(range_field="starts_at"))
        base = call.ports.settings.base_url
        return call.page(
            "demo_index.html",
            meetings=meetings,
            next_meeting=next_meeting(call.ports.store, call.now),
            moments=_moments(call, meetings),
            signup_url=call.site.links.page(None, call.language),
            mailbox_url=f"{base}/demo/mailbox",
            clock_action=f"{base}/demo/clock",
            mails=self._demo.mailbox.count(),
            console_url=None,
            other_language_url=call.site.links.in_other_language(f"{base}/", call.language),
        )

    def mailbox(self, call: Call) -> Response:
        page = call.request.args.get("page", "0")
        skip = int(page) * PER_PAGE if page.isdecimal() and len(page) < 6 else 0
        mails = self._demo.mailbox.newest(PER_PAGE, skip)
        more = skip + PER_PAGE < self._demo.mailbox.count()
        older = f"{_url(call)}?page={skip // PER_PAGE + 1}" if more else None
        listed = [(mail, _url(call, mail.id)) for mail in mails]
        return call.page("demo_mailbox.html", mails=listed, older=older, index_url=call.ports.settings.base_url)

    def mail(self, call: Call, id: str) -> Response:
        mail = self._find(id)
        attachments = [(each, _url(call, id, str(number))) for number, each in enumerate(mail.attachments)]
        return call.page(
            "demo_mail.html",
            mail=mail,
            html_url=_url(call, id, "html"),
            attachments=attachments,
            mailbox_url=_url(call),
        )

    def html(self, call: Call, id: str) -> Response:
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "sandbox allow-popups allow-top-navigation-by-user-activation",
            "Cache-Control": "no-store",
        }
        framed = self._find(id).html.replace("<head>", '<head><base target="_top">', 1)
        return Response(framed, headers=headers, mimetype="text/html")

    def attachment(self, call: Call, id: str, number: int) -> Response:
        attachments = self._find(id).attachments
        if number >= len(attachments):
            raise NotFound("no such attachment")
        found = attachments[number]
        headers = {
            "Content-Type": found.type,
            "Content-Disposition": "attachment; filename=dela.ics",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(found.data, headers=headers)

    def move_clock(self, call: Call) -> Response:
        target = _target(call)
        if target is None or not call.now <= target <= call.now + FARTHEST:
            errors = [{"field": "forward", "detail": "a duration such as P1D or PT50M, or `to`: a time to come"}]
            return problem(422, "invalid", errors=errors)
        self._demo.travel(target)
        now = call.ports.clock.now()
        if wants_json(call.request):
            return json_answer({"now": now.isoformat()})
        location = call.site.links.in_language(f"{call.ports.settings.base_url}/", call.language)
        return Response(status=303, headers={"Location": location})

    def _find(self, id: str) -> Any:
        mail = self._demo.mailbox.find(id)
        if mail is None:
            raise NotFound("no such mail")
        return mail


def _url(call: Call, *parts: str) -> str:
    return "/".join([f"{call.ports.settings.base_url}/demo/mailbox", *parts])


def _moments(call: Call, meetings: Sequence[Meeting]) -> list[dict[str, Any]]:
    """The moments around the meeting that is next, or that was held within the last day."""
    shown = [meeting for meeting in meetings if meeting.ends_at + MOMENTS["day_after"] > call.now]
    if not shown:
        return []
    start = shown[0].starts_at
    zone = call.ports.settings.zone
    return [
        {"label": label, "to": (start + offset).astimezone(zone).isoformat(), "passed": start + offset <= call.now}
        for label, offset in MOMENTS.items()
    ]


def _target(call: Call) -> datetime | None:
    """The time that a form or a JSON object asks for, or None if it asks for none."""
    fields: Any = call.request.form
    if call.request.mimetype == "application/json":
        fields = call.request.get_json(silent=True)
    if not hasattr(fields, "get"):
        return None
    forward, to = str(fields.get("forward") or "").strip(), str(fields.get("to") or "").strip()
    try:
        if forward:
            return call.now + settings_module.duration(forward)
        moment = datetime.fromisoformat(to)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=call.ports.settings.zone)
