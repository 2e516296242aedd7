"""A speaker's own way into the room, earlier than everybody else's, and their own calendar entry."""

from werkzeug import Response

from dela.mailing.kinds import Method
from dela.meetings.meeting import Meeting, Phase
from dela.speaking.invitation import Invitation
from dela.speaking.links import INVITATION, SPEAKER_CALENDAR, SPEAKER_JOIN
from dela.speaking.matter import doors, speakers_calendar
from dela.speaking.reading import with_meeting
from dela.web.call import Call
from dela.web.headers import page_headers
from dela.web.links import Link

WAIT_FOR_ROOM = 30
LONGEST_WAIT = 600


def show(call: Call, token: str, status: int = 200) -> Response:
    """GET: when the door opens, or the button into the room."""
    invitation, meeting = _read(call, SPEAKER_JOIN, token)
    state = _state(call, invitation, meeting)
    opens, rehearsal_ends = doors(meeting, call.ports.settings)
    answer = call.linked_page(
        "invitation_way_in.html",
        SPEAKER_JOIN,
        token,
        status,
        state=state,
        meeting=meeting,
        opens=opens,
        rehearsal_ends=rehearsal_ends,
        invitation_url=call.site.links.to(INVITATION, invitation.id, call.now),
        signup_url=call.site.links.page(None, call.language),
    )
    answer.headers.update(page_headers(call.site, call.language, "'self' https:"))
    if state == "waiting":
        answer.headers["Refresh"] = str(WAIT_FOR_ROOM)
    elif state == "before" and (opens - call.now).total_seconds() < 2 * LONGEST_WAIT:
        answer.headers["Refresh"] = str(min(LONGEST_WAIT, int((opens - call.now).total_seconds()) + 1))
    return answer


def enter(call: Call, token: str) -> Response:
    """POST: into the room. Nothing is written: that they speak is known."""
    invitation, meeting = _read(call, SPEAKER_JOIN, token)
    if _state(call, invitation, meeting) not in ("rehearsal", "open"):
        return show(call, token, 409)
    headers = {"Location": meeting.room_url, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return Response(status=303, headers=headers)


def calendar(call: Call, token: str) -> Response:
    """GET: the speaker's own entry, as invitation and meeting are now."""
    invitation, meeting = _read(call, SPEAKER_CALENDAR, token)
    method: Method = "PUBLISH" if invitation.speaks and not meeting.cancelled else "CANCEL"
    url = call.site.links.to(SPEAKER_JOIN, invitation.id, call.now)
    sequence = meeting.sequence + invitation.steps
    data = speakers_calendar(meeting, call.ports.settings, invitation.language, url, method, sequence)
    headers = {
        "Content-Type": f"text/calendar; charset=utf-8; method={method}",
        "Content-Disposition": 'attachment; filename="dela.ics"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, headers=headers)


def _read(call: Call, link: Link, token: str) -> tuple[Invitation, Meeting]:
    return with_meeting(call.ports.store, call.open(link, token))


def _state(call: Call, invitation: Invitation, meeting: Meeting) -> str:
    """Where a speaker stands before the room. Templates know it by this word."""
    opens, rehearsal_ends = doors(meeting, call.ports.settings)
    if meeting.cancelled:
        return "cancelled"
    if not invitation.speaks:
        return "not_speaking"
    if meeting.phase(call.now) is Phase.ENDED:
        return "ended"
    if call.now < opens:
        return "before"
    if not meeting.room_url:
        return "waiting"
    return "rehearsal" if call.now < rehearsal_ends else "open"
