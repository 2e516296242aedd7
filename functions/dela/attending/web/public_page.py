"""The public page of a meeting, and its form: shown, checked, and given back filled in when something is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from werkzeug import Response

from dela.attending.sign_up import sign_up
from dela.attending.web import api as signup_api
from dela.attending.web.sign_up_form import SignUpForm, checked, typed_in
from dela.errors import Conflict, Expired, Invalid, NotFound, TemporaryFailure
from dela.meetings.meeting import Meeting
from dela.meetings.reading import is_full, meeting_of, next_meeting, open_meetings
from dela.store.contract import Store
from dela.store.identity import client_id
from dela.web.answers import RETRY_AFTER, error_answer
from dela.web.endpoint import FORM_TYPES, JSON_TYPE, Call, client_address
from dela.web.language import other_language
from dela.web.site import Site

FASTEST_HUMAN = timedelta(seconds=2)
MEETING_ID = re.compile(r"[0-9]{4}-[0-9]{1,4}")
HONEYPOT = "website"
TYPED = ("name", "email", "organisation", "municipality", "language", "notify_next")
BLANKS_KEPT = 64
STAMP_GAP = "\x02stamp\x03"


def show(call: Call, meeting: str | None = None) -> Response:
    """GET: the page of a meeting, or of the next one, with an empty form."""
    named = _meeting(call, meeting) if meeting else None
    opened = _opened(call)
    found = named or next(iter(opened), None)
    state = "none" if found is None else state_of(call, found)
    html = _blank(call.site, call.language, found, state, opened)
    return call.answer(html.replace(STAMP_GAP.encode(), call.site.links.stamp(call.now).encode()))


def submit(call: Call, meeting: str | None = None) -> Response:
    """POST: sign up by form or JSON. All good: thanks, whoever is registered already."""
    if call.request.mimetype == JSON_TYPE:
        return signup_api.submit(call, meeting)
    if call.request.mimetype not in FORM_TYPES:
        return error_answer(call, 415)
    typed = typed_in(call.request.form, TYPED)
    id = meeting_id(call, meeting)
    if id is None:
        return form_page(call, None, "none", typed, {}, 409)

    def again(state: str, errors: Mapping[str, str], status: int) -> Response:
        answer = form_page(call, meeting_of(call.ports.store, id), state, typed, errors, status)
        if status in RETRY_AFTER:
            answer.headers["Retry-After"] = RETRY_AFTER[status]
        return answer

    if wait := seconds_to_wait(call):
        answer = again("open", {"form": "too_many"}, 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        form = checked(SignUpForm, typed, call.ports.settings)
        refuse_machines(call)
        sign_up(call.ports, id, form.email, form.wishes(call.language), call.now)
    except Invalid as invalid:
        state = state_of(call, meeting_of(call.ports.store, id))
        return again(state, invalid.fields, 422) if state == "open" else again(state, {}, 409)
    except Conflict as closed:
        return again(str(closed), {}, 409)
    except TemporaryFailure:
        return again("open", {"form": "busy"}, 503)
    return Response(status=303, headers={"Location": call.site.links.thanks(id, form.language or call.language)})


def thanks(call: Call, meeting: str) -> Response:
    """GET: what happens now, the same for everybody."""
    found = _meeting(call, meeting)
    other = call.site.links.thanks(found.id, other_language(call.language))
    return call.page("thanks.html", meeting=found, other_language_url=other)


def meeting_id(call: Call, named: str | None) -> str | None:
    """The id of the meeting that a sign-up is for: the one that was named, which is not yet read, or the next open one.

    Raises NotFound for what can't be one; what is none is found out by signing up, which costs one read less.
    """
    if named is None:
        found = next_meeting(call.ports.store, call.now)
        return found.id if found else None
    if not MEETING_ID.fullmatch(named):
        raise NotFound("no meeting has such an id")
    return named


def _meeting(call: Call, id: str) -> Meeting:
    """The meeting of that id. Raises NotFound."""
    meeting_id(call, id)
    return meeting_of(call.ports.store, id)


def seconds_to_wait(call: Call) -> int:
    """0, or for how long this client has to wait because it sends more than any room of people could."""
    settings = call.ports.settings
    client = client_id(settings.identity_key, client_address(call.request, settings.proxies))
    return call.ports.client_limit.seconds_to_wait(client, call.now)


def refuse_machines(call: Call) -> None:
    """Raise Invalid for a form that no hand filled in: too fast, with a stamp that is not ours, or in a hidden field.

    A person meets this too, with an old page or a program that fills in whatever it finds: the form comes back with
    all that was typed, a fresh stamp and the hidden field empty, so that one more press is enough.
    """
    if call.request.form.get(HONEYPOT):
        raise Invalid({"form": "too_fast"})
    stamp = call.request.form.get("stamp")
    if stamp is None:
        return
    try:
        age = call.site.links.stamp_age(stamp, call.now)
    except (NotFound, Expired):
        raise Invalid({"form": "stale"}) from None
    if age < FASTEST_HUMAN:
        raise Invalid({"form": "too_fast"})


def state_of(call: Call, meeting: Meeting) -> str:
    """What the page of a meeting is about: "open", "full", "cancelled" or "ended"."""
    if meeting.cancelled:
        return "cancelled"
    if not meeting.takes_registrations(call.now):
        return "ended"
    return "full" if is_full(call.ports.store, meeting) else "open"


def form_page(
    call: Call,
    meeting: Meeting | None,
    state: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int = 200,
) -> Response:
    """The page of a meeting with what was typed and what is wrong with it."""
    opened = open_meetings(call.ports.store, call.now)
    context = _context(call.site, call.language, meeting, state, opened)
    return call.page("signup.html", status, **context, form=typed, errors=errors, stamp=call.site.links.stamp(call.now))


def _opened(call: Call) -> tuple[Meeting, ...]:
    """The open meetings, as they were at most a second ago: a page may be a moment old, what decides reads anew.

    What this process has written is seen at once.
    """
    done = call.ports.store.operations
    return _opened_at((call.ports.store, done.writes + done.deletes, int(call.now.timestamp())))


@lru_cache(maxsize=2)
def _opened_at(seen: tuple[Store, int, int]) -> tuple[Meeting, ...]:
    """The open meetings of a store, after so many writes, in that second: to ask costs more than the rest of a page."""
    store, _, second = seen
    return tuple(open_meetings(store, datetime.fromtimestamp(second, UTC)))


@lru_cache(maxsize=BLANKS_KEPT)
def _blank(site: Site, language: str, meeting: Meeting | None, state: str, opened: tuple[Meeting, ...]) -> bytes:
    """The page with an empty form and a gap for its stamp: the same for everybody, so it is rendered once."""
    context = _context(site, language, meeting, state, opened)
    form = {"language": language}
    return site.pages.render("signup.html", language, **context, form=form, errors={}, stamp=STAMP_GAP).encode()


def _context(
    site: Site, language: str, meeting: Meeting | None, state: str, opened: Sequence[Meeting]
) -> dict[str, Any]:
    links, id = site.links, meeting.id if meeting else None
    return {
        "meeting": meeting,
        "state": state,
        "action": links.page(id, language),
        "upcoming": [each for each in opened if each.id != id],
        "moved_from": meeting.moved_from if meeting else None,
        "other_language_url": links.page(id, other_language(language)),
    }
