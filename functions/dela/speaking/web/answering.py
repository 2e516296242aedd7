"""The page behind an invitation: what is asked, the answer, and, after a yes, all that a speaker needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug import Response

from dela.errors import Invalid
from dela.meetings.meeting import Meeting
from dela.meetings.reading import kept_open_meetings, meeting_of
from dela.speaking.answer import answer
from dela.speaking.change import Reason, Shared, ask_for_address, explain, share
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.links import INVITATION, SPEAKER_CALENDAR, SPEAKER_JOIN
from dela.speaking.matter import Asked, doors
from dela.speaking.places import held_places, in_order
from dela.speaking.reading import Closed, invitation_of
from dela.speaking.web.forms import AddressForm, ReasonForm, ShareForm, checked, choice_of
from dela.store.contract import Query
from dela.web.call import Call
from dela.web.headers import page_headers

SAID_NO = (InvitationState.DECLINED, InvitationState.WITHDRAWN)
SILENT = (*SAID_NO, InvitationState.EXPIRED)
"""Where somebody may have been asked for another meeting since."""
SHARED = ("title", "summary", "day_phone")
REASON = ("reason", "remark", "suggests")


@dataclass(frozen=True)
class _Shown:
    """What became of a form: what is wrong with it, what was typed, and what was done."""

    status: int = 200
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    done: str = ""
    state: str = ""


def show(call: Call, token: str) -> Response:
    """GET: where the invitation stands, and what may be done. Nothing comes of looking."""
    return _page(call, token, _asked(call, token), _Shown(done="change" if "change" in call.request.args else ""))


def act(call: Call, token: str) -> Response:
    """POST: action=answer, share, explain or address."""
    id = call.open(INVITATION, token)
    actions = {"answer": _answer, "share": _share, "explain": _explain, "address": _address}
    typed = {name: value for name, value in call.request.form.items() if isinstance(value, str)}
    try:
        handle = actions.get(typed.get("action", ""))
        if handle is None:
            raise Invalid({"answer": "choice"})
        return handle(call, token, id, typed)
    except Invalid as invalid:
        return _page(call, token, _asked(call, token), _Shown(422, invalid.fields, typed))
    except Closed as closed:
        return _page(call, token, _asked(call, token), _Shown(409, state="full" if closed.code == "full" else ""))


def _answer(call: Call, token: str, id: str, typed: Mapping[str, str]) -> Response:
    choice = choice_of(typed)
    answered = answer(call.ports, id, choice, call.now, other=typed.get("date", ""))
    if answered.invitation.state is InvitationState.ELSEWHERE:
        there = f"{answered.invitation.chose}.{answered.invitation.person}"
        links = call.site.links
        location = links.in_language(links.to(INVITATION, there, call.now), call.language)
        return Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
    return _page(call, token, answered, _Shown(done="answered"))


def _share(call: Call, token: str, id: str, typed: Mapping[str, str]) -> Response:
    form = checked(ShareForm, typed)
    return _page(call, token, share(call.ports, id, Shared(**form.model_dump()), call.now), _Shown(done="saved"))


def _explain(call: Call, token: str, id: str, typed: Mapping[str, str]) -> Response:
    form = checked(ReasonForm, typed)
    explain(call.ports, id, Reason(**form.model_dump()))
    return _page(call, token, _asked(call, token), _Shown(done="saved"))


def _address(call: Call, token: str, id: str, typed: Mapping[str, str]) -> Response:
    form = checked(AddressForm, typed)
    changed = ask_for_address(call.ports, id, form.email, call.now)
    return _page(call, token, _asked(call, token), _Shown(done="mailed" if changed.new_email else "saved"))


def _asked(call: Call, token: str) -> Asked:
    """The invitation behind a link, with its meeting: as a rule one of those that are still to come."""
    store = call.ports.store
    invitation = invitation_of(store, call.open(INVITATION, token))
    coming = kept_open_meetings(call.ports, call.now)
    meeting = next((each for each in coming if each.id == invitation.meeting), None)
    meeting = meeting or meeting_of(store, invitation.meeting)
    order = in_order(held_places(store, meeting.id)) if invitation.speaks else ()
    return Asked(id=invitation.id, invitation=invitation, meeting=meeting, order=order)


def _page(call: Call, token: str, asked: Asked, shown: _Shown) -> Response:
    invitation, meeting = asked.invitation, asked.meeting
    state = shown.state or _state(call, invitation, meeting)
    form = shown.typed or _stored(invitation)
    opens, rehearsal_ends = doors(meeting, call.ports.settings)
    links = call.site.links
    shown_page = call.linked_page(
        "invitation.html",
        INVITATION,
        token,
        shown.status,
        state=state,
        meeting=meeting,
        invitation=invitation,
        others=_others(call, meeting, state, shown),
        errors=shown.errors,
        form=form,
        done=shown.done,
        slot=asked.slot(call.ports.settings),
        opens=opens,
        rehearsal_ends=rehearsal_ends,
        join_url=links.to(SPEAKER_JOIN, invitation.id, call.now),
        calendar_url=links.to(SPEAKER_CALENDAR, invitation.id, call.now),
        signup_url=links.page(None, call.language),
    )
    shown_page.headers.update(page_headers(call.site, call.language, style=call.site.pages.speakers_style_hash))
    return shown_page


def _state(call: Call, invitation: Invitation, meeting: Meeting) -> str:
    """What the page is about. Templates know it by this word."""
    if meeting.cancelled:
        return "cancelled"
    if call.now >= meeting.starts_at:
        return "held" if invitation.speaks else "over"
    if invitation.state in SILENT and _asked_since(call, invitation):
        return "elsewhere"
    if invitation.state in SAID_NO:
        return "declined"
    return invitation.state.value


def _asked_since(call: Call, invitation: Invitation) -> bool:
    """Whether this person was asked for another meeting after this one."""
    known: Sequence[Invitation] = call.ports.store.query(Invitation, Query(equal={"person": invitation.person}))
    return any(each.invited_at > invitation.invited_at for each in known if each.id != invitation.id)


def _others(call: Call, meeting: Meeting, state: str, shown: _Shown) -> list[Meeting] | None:
    """The other dates that may be chosen; None where no answer is asked for: after one there is a link to change it."""
    if state in ("held", "over", "cancelled", "elsewhere", "removed", "released"):
        return None
    of_more = bool(shown.errors) and not {"answer", "date"} & set(shown.errors)
    if (of_more or shown.done in ("answered", "saved", "mailed")) and state in ("confirmed", "declined", "standby"):
        return None
    coming = kept_open_meetings(call.ports, call.now)
    return [each for each in coming if each.id != meeting.id and call.now < each.starts_at]


def _stored(invitation: Invitation) -> dict[str, Any]:
    """What the forms begin with: what is stored. The answer is never among it."""
    stored = {name: getattr(invitation, name) for name in (*SHARED, *REASON)}
    return {**stored, "consent": invitation.consent, "ask_again": invitation.ask_again}
