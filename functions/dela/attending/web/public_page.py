"""The public page of a meeting, and its form: shown, checked, and given back filled in when something is wrong."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from werkzeug import Response

from dela.attending.links import THANKS
from dela.attending.registration import Registration
from dela.attending.seats import is_full
from dela.attending.sign_up import sign_up
from dela.attending.standing import TAKES_SIGN_UPS, Closed, Standing, of_meeting
from dela.attending.web.machine_refusal import origin_of, refuse_machines, seconds_to_wait
from dela.attending.web.shown import shown
from dela.attending.web.sign_up_form import SignUpForm, checked, typed_in
from dela.attending.web.slips import meant
from dela.attending.web.which_meeting import meeting_id, named_meeting
from dela.errors import Invalid, TemporaryFailure
from dela.mailing.unproven import holds
from dela.meetings.meeting import Meeting
from dela.meetings.reading import kept_open_meetings, meeting_of, open_meetings
from dela.settings import Settings
from dela.speaking.past import Shared, kept_shared_before
from dela.store.identity import canonical_address, person_id, registration_id
from dela.web.answers import RETRY_AFTER
from dela.web.call import Call
from dela.web.form_charset import form_of
from dela.web.site import Site

TYPED = ("name", "email", "organisation", "municipality", "language", "notify_next")
BLANKS_KEPT = 64
STAMP_GAP = "\x02stamp\x03"


def show(call: Call, meeting: str | None = None) -> Response:
    """GET: the page of a meeting, or of the next one, with an empty form."""
    named = named_meeting(call, meeting) if meeting else None
    opened = kept_open_meetings(call.ports, call.now)
    found = named or next(iter(opened), None)
    last = kept_shared_before(call.ports, call.now)[:1]
    html = call.ports.once(_Blanks).page(call.site, call.language, found, standing_of(call, found), opened, last)
    return call.answer(html.replace(STAMP_GAP.encode(), call.site.links.stamp(call.now).encode()))


def submit(call: Call, meeting: str | None = None) -> Response:
    """POST of the form: sign up. All good: thanks, whoever is registered already."""
    typed = typed_in(form_of(call.request), TYPED)
    id = meeting_id(call, meeting)
    if id is None:
        return filled(call, None, Standing.NONE, typed, {}, 409)
    if wait := seconds_to_wait(call):
        answer = _again(call, id, typed, Standing.OPEN, {"form": "too_many"}, 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    try:
        form = checked(SignUpForm, typed, call.ports.settings)
        refuse_machines(call)
        refuse_slip(call, form.email)
        sign_up(call.ports, id, form.email, form.wishes(call.language), call.now, origin_of(call))
    except Invalid as invalid:
        return _refused(call, id, typed, invalid)
    except Closed as closed:
        return _again(call, id, typed, closed.standing, {}, 409)
    except TemporaryFailure:
        return _again(call, id, typed, Standing.OPEN, {"form": "busy"}, 503)
    links = call.site.links
    person = person_id(call.ports.settings.identity_key, form.email)
    url = links.to(THANKS, registration_id(id, person), call.now)
    return Response(status=303, headers={"Location": links.in_language(url, form.language or call.language)})


def refuse_slip(call: Call, email: str) -> None:
    """Raise Invalid once for an address that looks mistyped; who says that it is right is believed."""
    if meant(email) and call.request.form.get("sure", "").strip() != email:
        raise Invalid({"email": "slip"})


def thanks(call: Call, meeting: str) -> Response:
    """GET: what happens now, the same for everybody."""
    found = named_meeting(call, meeting)
    slow = holds(call.ports, call.now)
    context = shown(call.site, call.language, Standing.ASKED, found, call.now)
    return call.page("thanks.html", here=call.site.links.thanks(found.id), slow=slow, **context)


def thanks_naming(call: Call, token: str) -> Response:
    """GET: the same with the address that was typed, in the one form that is the same whoever typed it."""
    id = call.open(THANKS, token)
    registration = call.ports.store.get(Registration, id)
    found = meeting_of(call.ports.store, id.partition(".")[0])
    email = canonical_address(registration.email) if registration else ""
    slow = holds(call.ports, call.now)
    context = shown(call.site, call.language, Standing.ASKED, found, call.now, email=email)
    return call.linked_page("thanks.html", THANKS, token, slow=slow, **context)


def standing_of(call: Call, meeting: Meeting | None) -> Standing:
    """What the page of a meeting is about."""
    return of_meeting(meeting, call.now, lambda: meeting is not None and is_full(call.ports.store, meeting))


def _refused(call: Call, id: str, typed: Mapping[str, str], invalid: Invalid) -> Response:
    """What is wrong with the form; who can't sign up any more is told that instead."""
    standing = standing_of(call, meeting_of(call.ports.store, id))
    if standing in TAKES_SIGN_UPS:
        return _again(call, id, typed, standing, invalid.fields, 422)
    return _again(call, id, typed, standing, {}, 409)


def _again(
    call: Call, id: str, typed: Mapping[str, str], standing: Standing, errors: Mapping[str, str], status: int
) -> Response:
    answer = filled(call, meeting_of(call.ports.store, id), standing, typed, errors, status)
    if status in RETRY_AFTER:
        answer.headers["Retry-After"] = RETRY_AFTER[status]
    return answer


def filled(
    call: Call,
    meeting: Meeting | None,
    standing: Standing,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int,
) -> Response:
    """The page of a meeting with what was typed and what is wrong with it."""
    opened = open_meetings(call.ports.store, call.now)
    context = _context(call.site, call.language, meeting, standing, opened, ())
    offered = meant(typed.get("email", "")) if errors.get("email") == "slip" else None
    stamp = call.site.links.stamp(call.now)
    return call.page("signup.html", status, **context, form=typed, errors=errors, meant=offered, stamp=stamp)


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
        last: tuple[Shared, ...],
    ) -> bytes:
        context = _context(site, language, meeting, standing, opened, last)
        blank = {"form": {"language": language}, "errors": {}, "meant": None, "stamp": STAMP_GAP}
        return site.pages.render("signup.html", language, **context, **blank).encode()


def _context(
    site: Site,
    language: str,
    meeting: Meeting | None,
    standing: Standing,
    opened: Sequence[Meeting],
    last: Sequence[Shared],
) -> dict[str, Any]:
    id = meeting.id if meeting else None
    links = site.links
    return {
        **shown(site, language, standing, meeting),
        "action": links.public("next", language) if standing is Standing.NONE else links.page(id, language),
        "here": links.page(id),
        "upcoming": [each for each in opened if each.id != id],
        "last": next(iter(last), None),
    }
