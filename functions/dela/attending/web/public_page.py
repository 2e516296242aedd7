"""The public page of a meeting, and its form: shown, checked, and given back filled in when something is wrong."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from werkzeug import Response

from dela.attending.seats import is_full
from dela.attending.sign_up import sign_up
from dela.attending.standing import Closed, Standing, of_meeting
from dela.attending.web.machine_refusal import origin_of, refuse_machines, seconds_to_wait
from dela.attending.web.sign_up_form import SignUpForm, checked, typed_in
from dela.attending.web.which_meeting import meeting_id, named_meeting
from dela.errors import Invalid, TemporaryFailure
from dela.mailing.unproven import holds
from dela.meetings.meeting import Meeting
from dela.meetings.reading import kept_open_meetings, meeting_of, open_meetings
from dela.settings import Settings
from dela.speaking.agenda import AgendaItem, agenda_shown
from dela.web.answers import RETRY_AFTER
from dela.web.call import Call
from dela.web.site import Site

TYPED = ("name", "email", "organisation", "municipality", "language", "notify_next")
BLANKS_KEPT = 64
STAMP_GAP = "\x02stamp\x03"


def show(call: Call, meeting: str | None = None) -> Response:
    """GET: the page of a meeting, or of the next one, with an empty form."""
    named = named_meeting(call, meeting) if meeting else None
    opened = kept_open_meetings(call.ports, call.now)
    found = named or next(iter(opened), None)
    standing = standing_of(call, found)
    html = call.ports.once(_Blanks).page(
        call.site, call.language, found, standing, opened, _shared(call, found, standing)
    )
    return call.answer(html.replace(STAMP_GAP.encode(), call.site.links.stamp(call.now).encode()))


def submit(call: Call, meeting: str | None = None) -> Response:
    """POST of the form: sign up. All good: thanks, whoever is registered already."""
    typed = typed_in(call.request.form, TYPED)
    id = meeting_id(call, meeting)
    if id is None:
        return _filled(call, None, Standing.NONE, typed, {}, 409)
    if wait := seconds_to_wait(call):
        answer = _again(call, id, typed, Standing.OPEN, {"form": "too_many"}, 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        form = checked(SignUpForm, typed, call.ports.settings)
        refuse_machines(call)
        sign_up(call.ports, id, form.email, form.wishes(call.language), call.now, origin_of(call))
    except Invalid as invalid:
        return _refused(call, id, typed, invalid)
    except Closed as closed:
        return _again(call, id, typed, closed.standing, {}, 409)
    except TemporaryFailure:
        return _again(call, id, typed, Standing.OPEN, {"form": "busy"}, 503)
    return Response(status=303, headers={"Location": call.site.links.thanks(id, form.language or call.language)})


def thanks(call: Call, meeting: str) -> Response:
    """GET: what happens now, the same for everybody."""
    found = named_meeting(call, meeting)
    slow = holds(call.ports, call.now)
    return call.page("thanks.html", meeting=found, here=call.site.links.thanks(found.id), slow=slow)


def standing_of(call: Call, meeting: Meeting | None) -> Standing:
    """What the page of a meeting is about."""
    return of_meeting(meeting, call.now, lambda: meeting is not None and is_full(call.ports.store, meeting))


def _shared(call: Call, meeting: Meeting | None, standing: Standing) -> tuple[AgendaItem, ...]:
    """What was shared at a meeting that is over, by those who agreed to be named."""
    if meeting is None or standing is not Standing.ENDED:
        return ()
    return tuple(agenda_shown(call.ports.store, meeting, call.now))


def _refused(call: Call, id: str, typed: Mapping[str, str], invalid: Invalid) -> Response:
    """What is wrong with the form; who can't sign up any more is told that instead."""
    standing = standing_of(call, meeting_of(call.ports.store, id))
    if standing is Standing.OPEN:
        return _again(call, id, typed, standing, invalid.fields, 422)
    return _again(call, id, typed, standing, {}, 409)


def _again(
    call: Call, id: str, typed: Mapping[str, str], standing: Standing, errors: Mapping[str, str], status: int
) -> Response:
    answer = _filled(call, meeting_of(call.ports.store, id), standing, typed, errors, status)
    if status in RETRY_AFTER:
        answer.headers["Retry-After"] = RETRY_AFTER[status]
    return answer


def _filled(
    call: Call,
    meeting: Meeting | None,
    standing: Standing,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int,
) -> Response:
    """The page of a meeting with what was typed and what is wrong with it."""
    opened = open_meetings(call.ports.store, call.now)
    context = _context(call.site, call.language, meeting, standing, opened, _shared(call, meeting, standing))
    return call.page("signup.html", status, **context, form=typed, errors=errors, stamp=call.site.links.stamp(call.now))


class _Blanks:
    """Pages with an empty form and a gap for its stamp: the same for everybody, so each is rendered once."""

    def __init__(self, settings: Settings) -> None:
        self.page = lru_cache(maxsize=BLANKS_KEPT)(self._rendered)

    def _rendered(
        self,
        site: Site,
        language: str,
        meeting: Meeting | None,
        standing: Standing,
        opened: tuple[Meeting, ...],
        shared: tuple[AgendaItem, ...],
    ) -> bytes:
        context = _context(site, language, meeting, standing, opened, shared)
        form = {"language": language}
        html = site.pages.render("signup.html", language, **context, form=form, errors={}, stamp=STAMP_GAP)
        return html.encode()


def _context(
    site: Site,
    language: str,
    meeting: Meeting | None,
    standing: Standing,
    opened: Sequence[Meeting],
    shared: Sequence[AgendaItem],
) -> dict[str, Any]:
    id = meeting.id if meeting else None
    return {
        "meeting": meeting,
        "state": standing,
        "action": site.links.page(id, language),
        "here": site.links.page(id),
        "upcoming": [each for each in opened if each.id != id],
        "moved_from": meeting.moved_from if meeting else None,
        "shared": shared,
    }
