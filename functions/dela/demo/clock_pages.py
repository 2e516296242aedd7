"""The demo's first page, which tells where to click, and its clock, which moves the whole program's time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from werkzeug import Response

from dela import settings as settings_module
from dela.errors import Invalid
from dela.meetings.meeting import Meeting
from dela.speaking.links import HOST, INVITATION
from dela.speaking.reminding import invitations_to
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


class ClockPages:
    """The first page and the clock. `travel` returns when all that fell due on the way has happened."""

    def __init__(self, travel: Callable[[datetime], None], count_mails: Callable[[], int]) -> None:
        self._travel, self._count_mails = travel, count_mails

    def show(self, call: Call) -> Response:
        """GET: what this is, where to click, and the clock."""
        return self._page(call, {}, {})

    def move(self, call: Call) -> Response:
        """POST: to a time (`to`) or by a duration (`forward`), by form or JSON."""
        typed = _typed(call)
        try:
            self._travel(_target(call, typed))
        except Invalid as invalid:
            return self._refusal(call, typed, invalid.fields)
        if wants_json(call.request):
            return json_answer({"now": call.ports.clock.now().isoformat()})
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
        return call.page(
            "demo_index.html",
            status,
            typed=typed,
            errors=errors,
            meetings=meetings,
            moments=_moments(call, meetings),
            signup_url=call.site.links.page(None, call.language),
            mailbox_url=f"{base}/demo/mailbox",
            clock_action=f"{base}/demo/clock",
            mails=self._count_mails(),
            speaking=_speaking(call, meetings),
            here=f"{base}/",
        )


def _moments(call: Call, meetings: Sequence[Meeting]) -> list[dict[str, Any]]:
    """The moments around the meeting that is next, or that was held within the last day."""
    start = next((each.starts_at for each in meetings if each.starts_at + MOMENTS["day_after"] > call.now), None)
    if start is None:
        return []
    local = start.astimezone(call.ports.settings.zone)  # a day before is counted on the wall clock, as reminders are
    return [
        {"label": label, "to": (local + offset).isoformat(), "passed": local + offset <= call.now}
        for label, offset in MOMENTS.items()
    ]


def _speaking(call: Call, meetings: Sequence[Meeting]) -> dict[str, str]:
    """Where a speaker of the next meeting answers, and the host's page; empty where there is none."""
    coming = next((each for each in meetings if call.now < each.ends_at and not each.cancelled), None)
    if coming is None:
        return {"host_url": "", "speaker_url": ""}
    links, asked = call.site.links, invitations_to(call.ports.store, coming.id)
    open_ones = sorted(asked, key=lambda each: not each.awaited)
    speaker_url = links.to(INVITATION, open_ones[0].id, call.now) if open_ones else ""
    return {
        "host_url": links.in_language(links.to(HOST, coming.id, call.now), call.language),
        "speaker_url": links.in_language(speaker_url, call.language) if speaker_url else "",
    }


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
        return call.now + settings_module.duration(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=call.ports.settings.zone)
