"""What a registered person does by the links in their mails: change, leave, take their data along, erase it."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug import Response

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.change_wishes import change_wishes
from dela.attending.leave import leave
from dela.attending.links import CALENDAR, JOIN, MANAGE, OWN_DATA, UNSUBSCRIBE
from dela.attending.own_data import erase, export
from dela.attending.registration import Registration
from dela.attending.standing import Closed, of_registration
from dela.attending.web.sign_up_form import ChangeForm, checked, typed_in
from dela.errors import Invalid, NotFound
from dela.mailing.kinds import Method
from dela.meetings.calendar_file import calendar_file
from dela.meetings.reading import meeting_of
from dela.store.readable import get_readable, is_there
from dela.web.call import Call
from dela.web.links import Link

CHANGEABLE = ("name", "organisation", "municipality", "language", "notify_next")


def show(call: Call, token: str) -> Response:
    """GET: what is stored and what can be done about it; behind a fresh link, the data themselves."""
    fresh = _fresh(call, token)
    if fresh is not None:
        return _own_data_page(call, token, fresh)
    registration = _stored(call, MANAGE, token)
    return _page(call, token, registration, _typed(registration), {})


def change(call: Call, token: str) -> Response:
    """POST: action=change, leave, export or erase. The last two act only behind a fresh link; else they mail one."""
    fresh = _fresh(call, token)
    action = call.request.form.get("action", "")
    if action == "export" and fresh is not None:
        return _download(export(call.ports, fresh))
    if action == "erase" and fresh is not None:
        erase(call.ports, fresh)
        return call.page("done.html", state="erased", signup_url=call.site.links.page(None, call.language))
    registration = _stored(call, MANAGE if fresh is None else OWN_DATA, token)
    if action == "change":
        return _change(call, token, registration)
    if action == "leave":
        leave(call.ports, registration.id, call.now)
        return call.page("done.html", state="left", signup_url=_sign_up_url(call, registration))
    if action in ("export", "erase"):
        ask_for_own_data(call.ports, registration.id, call.now)
        return _page(call, token, registration, _typed(registration), {}, mailed=True)
    return _page(call, token, registration, _typed(registration), {"form": "choice"}, 422)


def calendar(call: Call, token: str) -> Response:
    """GET: the calendar file of one registration, as the meeting is now."""
    registration = _stored(call, CALENDAR, token)
    meeting = meeting_of(call.ports.store, registration.meeting)
    method: Method = "CANCEL" if meeting.cancelled or not registration.confirmed else "PUBLISH"
    join_url = call.site.links.to(JOIN, registration.id, call.now)
    sequence = registration.calendar_sequence(meeting.sequence)
    language = registration.language
    data = calendar_file(meeting, call.ports.settings, language, join_url, method=method, sequence=sequence)
    headers = {
        "Content-Type": f"text/calendar; charset=utf-8; method={method}",
        "Content-Disposition": 'attachment; filename="dela.ics"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, headers=headers)


def ask_unsubscribe(call: Call, token: str) -> Response:
    """GET: the page with the button; a mail scanner that opens it changes nothing."""
    registration = _stored(call, UNSUBSCRIBE, token)
    return call.linked_page(
        "unsubscribe.html",
        UNSUBSCRIBE,
        token,
        meeting=meeting_of(call.ports.store, registration.meeting),
        registration=registration,
    )


def unsubscribe(call: Call, token: str) -> Response:
    """POST: the one click of RFC 8058, by a mail program or by the page's button; answered directly."""
    registration = _stored(call, UNSUBSCRIBE, token)
    leave(call.ports, registration.id, call.now, by_mail_program=True)
    return call.page("done.html", state="unsubscribed", signup_url=_sign_up_url(call, registration))


def _fresh(call: Call, token: str) -> str | None:
    """The id of the registration that a fresh link is for, readable or not; None for another link. Raises Expired."""
    try:
        id = call.open(OWN_DATA, token)
    except NotFound:
        return None
    if not is_there(call.ports.store, Registration, id):
        raise NotFound("erased")
    return id


def _stored(call: Call, link: Link, token: str) -> Registration:
    registration = call.ports.store.get(Registration, call.open(link, token))
    if registration is None:
        raise NotFound("erased")
    return registration


def _change(call: Call, token: str, registration: Registration) -> Response:
    typed = typed_in(call.request.form, CHANGEABLE)
    try:
        form = checked(ChangeForm, typed, call.ports.settings)
        changed = change_wishes(call.ports, registration.id, form.wishes(registration.language))
    except Invalid as invalid:
        return _page(call, token, registration, typed, invalid.fields, 422)
    except Closed:
        return _page(call, token, registration, typed, {}, 409)
    return _page(call, token, changed, _typed(changed), {}, saved=True)


def _typed(registration: Registration) -> dict[str, str]:
    return {name: str(getattr(registration, name)) for name in CHANGEABLE if getattr(registration, name)}


def _sign_up_url(call: Call, registration: Registration) -> str:
    return call.site.links.page(registration.meeting, call.language)


def _download(data: Mapping[str, Any]) -> Response:
    headers = {
        "Content-Disposition": 'attachment; filename="dela.json"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(json.dumps(data, ensure_ascii=False, indent=2), headers=headers, mimetype="application/json")


def _own_data_page(call: Call, token: str, id: str) -> Response:
    registration = get_readable(call.ports.store, Registration, id)
    return call.linked_page("own_data.html", OWN_DATA, token, registration=registration)


def _page(
    call: Call,
    token: str,
    registration: Registration,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
    *,
    saved: bool = False,
    mailed: bool = False,
) -> Response:
    links = call.site.links
    meeting = meeting_of(call.ports.store, registration.meeting)
    return call.linked_page(
        "manage.html",
        MANAGE,
        token,
        status,
        meeting=meeting,
        registration=registration,
        form=typed,
        errors=errors,
        saved=saved,
        mailed=mailed,
        state=of_registration(registration, meeting, call.now),
        join_url=links.to(JOIN, registration.id, call.now),
        calendar_url=links.to(CALENDAR, registration.id, call.now),
        signup_url=_sign_up_url(call, registration),
    )
