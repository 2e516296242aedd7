"""Leaving an address where no meeting is planned, and the page behind the link that is then mailed."""

from collections.abc import Mapping

from werkzeug import Response

from dela.attending import hearing
from dela.attending.links import CONFIRM, HEAR, HEAR_NO_MORE
from dela.attending.listener import Listener
from dela.attending.standing import Closed, Standing
from dela.attending.web.machine_refusal import refuse_machines, seconds_to_wait
from dela.attending.web.public_page import TYPED, filled, refuse_slip, standing_of
from dela.attending.web.shown import shown
from dela.attending.web.sign_up_form import SignUpForm, checked, typed_in
from dela.errors import Invalid, TemporaryFailure
from dela.mailing.unproven import holds
from dela.meetings.reading import next_meeting
from dela.web.answers import RETRY_AFTER
from dela.web.call import Call
from dela.web.form_charset import form_of


def leave(call: Call) -> Response:
    """POST: leave an address. Once a meeting is planned, its own form comes back filled in instead."""
    typed = typed_in(form_of(call.request), TYPED)
    planned = next_meeting(call.ports.store, call.now)
    if planned is not None:
        return filled(call, planned, standing_of(call, planned), typed, {}, 409)
    if wait := seconds_to_wait(call):
        return _again(call, typed, {"form": "too_many"}, 429, wait)
    try:
        form = checked(SignUpForm, typed, call.ports.settings)
        refuse_machines(call)
        refuse_slip(call, form.email)
        hearing.ask_to_hear(call.ports, form.email, form.wishes(call.language), call.now)
    except Invalid as invalid:
        return _again(call, typed, invalid.fields, 422)
    except TemporaryFailure:
        return _again(call, typed, {"form": "busy"}, 503)
    url = call.site.links.public("next/thanks", form.language or call.language)
    return Response(status=303, headers={"Location": url})


def thanks(call: Call) -> Response:
    """GET: what happens now, the same for everybody."""
    context = shown(call.site, call.language, Standing.ASKED_TO_HEAR, None)
    slow = holds(call.ports, call.now)
    return call.page("thanks.html", here=call.site.links.public("next/thanks"), slow=slow, **context)


def show(call: Call, token: str) -> Response:
    """GET: what would be confirmed, or what is stored, and the next meeting with its button once it is planned."""
    return _page(call, token, _listener(call, token))


def press(call: Call, token: str) -> Response:
    """POST: confirm; with action=take, take a place at the next meeting; with action=forget, be erased."""
    id = call.open(HEAR, token)
    action = call.request.form.get("action", "")
    if action == "forget":
        hearing.forget(call.ports, id)
        return call.page("done.html", kind="erased", signup_url=call.site.links.page(None, call.language))
    listener = hearing.confirm_hearing(call.ports, id, call.now)
    if action != "take":
        return _page(call, token, listener)
    try:
        registration = hearing.take_place(call.ports, id, call.request.form.get("meeting", ""), call.now)
    except Closed:
        return _page(call, token, listener, 409)
    links = call.site.links
    target = links.in_language(links.to(CONFIRM, registration.id, call.now), call.language)
    return Response(status=303, headers={"Location": target})


def ask_no_more(call: Call, token: str) -> Response:
    """GET: a button; whoever looks changes nothing."""
    call.open(HEAR_NO_MORE, token)
    return call.linked_page("hear_no_more.html", HEAR_NO_MORE, token)


def no_more(call: Call, token: str) -> Response:
    """POST: the one click of RFC 8058, by a mail program or by the page's button."""
    hearing.forget(call.ports, call.open(HEAR_NO_MORE, token))
    return call.page("done.html", kind="erased", signup_url=call.site.links.page(None, call.language))


def _listener(call: Call, token: str) -> Listener:
    return hearing.listener_of(call.ports.store, call.open(HEAR, token), call.now)


def _page(call: Call, token: str, listener: Listener, status: int = 200) -> Response:
    standing = Standing.HEARS if listener.confirmed else Standing.TO_HEAR
    context = shown(call.site, call.language, standing, None, name=listener.name, email=listener.email)
    planned = next_meeting(call.ports.store, call.now) if listener.confirmed else None
    return call.linked_page("hearing.html", HEAR, token, status, **context, listener=listener, planned=planned)


def _again(call: Call, typed: Mapping[str, str], errors: Mapping[str, str], status: int, wait: int = 0) -> Response:
    answer = filled(call, None, Standing.NONE, typed, errors, status)
    if status in RETRY_AFTER:
        answer.headers["Retry-After"] = str(wait) if wait else RETRY_AFTER[status]
    return answer
