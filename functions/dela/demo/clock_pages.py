"""The demo's first page, which guides through it, and its clock, which moves the whole program's time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from werkzeug import Response

from dela.attending.standing import of_meeting
from dela.attending.states import STATES
from dela.demo.clock_words import duration_in_words
from dela.demo.people_pages import figures
from dela.errors import Invalid
from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message, MessageState
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Query
from dela.web.answers import json_answer, problem, wants_json
from dela.web.call import JSON_TYPE, Call
from dela.web.language import error_sentence

FARTHEST = timedelta(days=3 * 366)
MOMENTS = {
    "week_before": -timedelta(days=7),
    "day_before": -timedelta(days=1),
    "hour_before": -timedelta(hours=1),
    "start": timedelta(0),
    "day_after": timedelta(days=1),
}
HAPPENED = ("reminders", "others")


class ClockPages:
    """The first page and the clock. `travel` returns when all that fell due on the way has happened."""

    def __init__(
        self, travel: Callable[[datetime], None], count_mails: Callable[[], int], begin_anew: Callable[[], None]
    ) -> None:
        self._travel, self._count_mails, self._begin_anew = travel, count_mails, begin_anew

    def show(self, call: Call) -> Response:
        """GET: what this is, where to click, and the clock."""
        return self._page(call, {}, {})

    def move(self, call: Call) -> Response:
        """POST: to a time (`to`) or by a duration (`forward`), by form or JSON; then tell what left on the way."""
        typed = _typed(call)
        before = _sent(call.ports)
        try:
            self._travel(_target(call, typed))
        except Invalid as invalid:
            return self._refusal(call, typed, invalid.fields)
        if wants_json(call.request):
            return json_answer({"now": call.ports.clock.now().isoformat()})
        happened = "".join(f"&{name}={n}" for name, n in zip(HAPPENED, _left(before, _sent(call.ports)), strict=True))
        location = call.site.links.in_language(f"{call.ports.settings.base_url}/", call.language)
        return Response(status=303, headers={"Location": f"{location}{happened}#clock"})

    def reset(self, call: Call) -> Response:
        """POST: everything as it was in the beginning."""
        self._begin_anew()
        location = call.site.links.in_language(f"{call.ports.settings.base_url}/", call.language)
        return Response(status=303, headers={"Location": location})

    def _refusal(self, call: Call, typed: Mapping[str, str], fields: Mapping[str, str]) -> Response:
        if not wants_json(call.request):
            return self._page(call, typed, fields, 422)
        errors = [
            {"field": field, "code": code, "detail": error_sentence(code, call.language)}
            for field, code in fields.items()
        ]
        return problem(422, "invalid", errors=errors)

    def _page(self, call: Call, typed: Mapping[str, str], errors: Mapping[str, str], status: int = 200) -> Response:
        meetings = call.ports.store.query(Meeting, Query(range_field="starts_at"))
        base = call.ports.settings.base_url
        aimed = _aimed(call, meetings)
        return call.page(
            "demo_index.html",
            status,
            typed=typed,
            errors=errors,
            meetings=[(each, STATES[of_meeting(each, call.now, lambda: False)]) for each in meetings],
            aimed=aimed,
            moments=_moments(call, aimed),
            happened=_happened(call),
            figures=figures(call, meetings),
            signup_url=call.site.links.page(None, call.language),
            mailbox_url=f"{base}/demo/mailbox",
            people_url=f"{base}/demo/people",
            clock_action=f"{base}/demo/clock",
            reset_action=f"{base}/demo/reset",
            mails=self._count_mails(),
            here=f"{base}/",
        )


def _sent(ports: Ports) -> dict[str, int]:
    """How many mails of each kind have left so far."""
    sent = MessageState.SENT
    return {
        kind.name: ports.store.count(Message, Query(equal={"reason": kind.name, "state": sent}))
        for kind in ports.declared.all(MailKind)
    }


def _left(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[int, int]:
    """How many reminders left in between, and how many other mails. What was erased meanwhile counts as nothing."""
    left = {name: max(0, after[name] - before[name]) for name in after}
    reminders = left.pop("reminder", 0)
    return reminders, sum(left.values())


def _happened(call: Call) -> dict[str, int] | None:
    """What the last move of the clock brought about, as its redirect tells."""
    told = {name: call.request.args.get(name, "") for name in HAPPENED}
    if not all(value.isascii() and value.isdecimal() and len(value) < 6 for value in told.values()):
        return None
    return {name: int(value) for name, value in told.items()}


def _aimed(call: Call, meetings: Sequence[Meeting]) -> Meeting | None:
    """The meeting that is next, or that was held within the last day; none that is cancelled."""
    held = (each for each in meetings if not each.cancelled)
    return next((each for each in held if each.starts_at + MOMENTS["day_after"] > call.now), None)


def _moments(call: Call, aimed: Meeting | None) -> list[dict[str, Any]]:
    """The moments around a meeting."""
    if aimed is None:
        return []
    # A day before is counted on the wall clock, as reminders are.
    local = aimed.starts_at.astimezone(call.ports.settings.zone)
    return [
        {"label": label, "to": (local + offset).isoformat(), "passed": local + offset <= call.now}
        for label, offset in MOMENTS.items()
    ]


def _typed(call: Call) -> dict[str, str]:
    """What was sent, by form or as a JSON object; what is neither counts as nothing."""
    fields: Any = call.request.form
    if call.request.mimetype == JSON_TYPE:
        fields = call.request.get_json(silent=True)
    if not hasattr(fields, "get"):
        return {}
    return {name: str(fields.get(name) or "").strip() for name in ("forward", "to")}


def _target(call: Call, typed: Mapping[str, str]) -> datetime:
    """The time that is asked for. Raises Invalid for what is none, has passed, or is too far away."""
    field = "to" if typed.get("to") and not typed.get("forward") else "forward"
    try:
        target = _read(call, field, typed.get(field, ""))
    except (ValueError, OverflowError):
        raise Invalid({field: "moment"}) from None
    if target < call.now:
        raise Invalid({field: "backwards"})
    if target > call.now + FARTHEST:
        raise Invalid({field: "too_far"})
    return target


def _read(call: Call, field: str, text: str) -> datetime:
    if field == "forward":
        return call.now + duration_in_words(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=call.ports.settings.zone)
