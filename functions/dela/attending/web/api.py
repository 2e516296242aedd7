"""The same sign-up as JSON, for the region's own website, and what it needs to offer it."""

import json
from typing import Any

from werkzeug import Response

from dela.attending.sign_up import sign_up
from dela.attending.standing import Closed
from dela.attending.web.machine_refusal import origin_of, seconds_to_wait
from dela.attending.web.openapi import description
from dela.attending.web.sign_up_form import SignUpForm, checked
from dela.attending.web.which_meeting import meeting_id
from dela.errors import Invalid
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.web.answers import json_answer, problem
from dela.web.call import Call
from dela.web.language import error_sentence


def submit(call: Call, meeting: str | None) -> Response:
    """POST with JSON: 202 when all is good, whoever is registered already; else problem details."""
    id = meeting_id(call, meeting)
    if id is None:
        return problem(409, "none", detail="No meeting is open.")
    if wait := seconds_to_wait(call):
        answer = problem(429, "too_many")
        answer.headers["Retry-After"] = str(wait)
        return answer
    fields = _object(call.request.get_data())
    if fields is None:
        return problem(400, "bad_request", detail="The body is not a JSON object in UTF-8.")
    return _sign_up(call, id, fields)


def meetings(call: Call) -> Response:
    """GET: the open meetings, and nothing that is secret."""
    listed = [_public(call, meeting) for meeting in open_meetings(call.ports.store, call.now)]
    return json_answer(listed)


def openapi(call: Call) -> Response:
    """GET: the description of this API."""
    return json_answer(description(call.ports.settings))


def _sign_up(call: Call, id: str, fields: dict[str, Any]) -> Response:
    try:
        form = checked(SignUpForm, fields, call.ports.settings)
        sign_up(call.ports, id, form.email, form.wishes(call.language), call.now, origin_of(call))
    except Invalid as invalid:
        errors = [
            {"field": field, "code": code, "detail": error_sentence(code, call.language, field)}
            for field, code in invalid.fields.items()
        ]
        return problem(422, "invalid", errors=errors)
    except Closed as closed:
        others = [_public(call, each) for each in open_meetings(call.ports.store, call.now) if each.id != id]
        return problem(409, closed.standing.value, next=others[:1])
    return json_answer({"status": "pending", "meeting": id}, 202)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _public(call: Call, meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "starts_at": meeting.starts_at.astimezone(call.ports.settings.zone).isoformat(),
        "minutes": meeting.minutes,
        "url": call.site.links.page(meeting.id),
    }
