"""The host's page: who is on, who is next, how many minutes are left, and what to cut. For a screen, and for paper."""

from datetime import timedelta
from typing import Any

from werkzeug import Response

from dela.errors import Expired
from dela.meetings.meeting import Phase
from dela.speaking.host import Stage, begin_next, stage_of, take_back
from dela.speaking.links import HOST
from dela.speaking.matter import doors
from dela.speaking.reading import Closed
from dela.web.call import Call
from dela.web.headers import page_headers

AFTERWARDS = timedelta(days=1)
"""For so long after the end the page may be looked at."""


def show(call: Call, token: str, status: int = 200) -> Response:
    """GET: the sheet as it stands now. It is complete without JavaScript: looking again is enough."""
    stage, pages = _stage(call, token), call.site.pages
    answer = call.linked_page("host.html", HOST, token, status, **_context(call, stage))
    answer.headers.update(
        page_headers(call.site, call.language, style=pages.speakers_style_hash, script=pages.host_script_hash)
    )
    return answer


def press(call: Call, token: str) -> Response:
    """POST: action=next begins the section after the one that was seen, action=back takes that back."""
    stage, form = _stage(call, token), call.request.form
    seen = form.get("section", "")
    number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 4 else -1
    try:
        if form.get("action") == "next":
            begin_next(call.ports, stage.meeting.id, number, call.now)
        elif form.get("action") == "back":
            take_back(call.ports, stage.meeting.id, number, call.now)
    except Closed:
        return show(call, token, 409)
    here = call.site.links.in_language(call.site.links.at(HOST, token), call.language)
    return Response(status=303, headers={"Location": here, "Cache-Control": "no-store"})


def _stage(call: Call, token: str) -> Stage:
    """Raises NotFound, and Expired when the meeting is over for a while."""
    stage = stage_of(call.ports.store, call.open(HOST, token), call.now)
    if call.now >= stage.meeting.ends_at + AFTERWARDS:
        raise Expired("this meeting is over")
    return stage


def _context(call: Call, stage: Stage) -> dict[str, Any]:
    phase = stage.meeting.phase(call.now)
    on_air = phase is Phase.RUNNING and not stage.meeting.cancelled
    sections, on = stage.running.sections, stage.running.current
    opens, rehearsal_ends = doors(stage.meeting, call.ports.settings)
    return {
        "meeting": stage.meeting,
        "stage": stage,
        "running": stage.running,
        "sheet": [(each, on_air and place == on) for place, each in enumerate(sections) if each.minutes or place == on],
        "on_air": on_air,
        "ended": phase is Phase.ENDED,
        "opens": opens,
        "rehearsal_ends": rehearsal_ends,
        "host_script": call.site.pages.host_script,
        "minutes_left": max(0, -(-stage.running.left // timedelta(minutes=1))),
        "minutes_over": max(0, -(stage.running.left // timedelta(minutes=1))),
        "ends": call.now + stage.running.left,
    }
