"""Reading invitations, and why something can't be done with one."""

from datetime import datetime

from dela.errors import Conflict, NotFound
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.speaking.invitation import OVER, Invitation, invitation_id
from dela.store.contract import Reader


class Closed(Conflict):
    """What was asked can't be, because of where the invitation, its meeting or its places stand.

    Codes: cancelled, started, over (another meeting was chosen, taken off, released), full, date, answered, just_asked,
    not_speaking, asked (already, see `invitation`), nobody, too_often, outdated.
    """

    def __init__(self, code: str, invitation: Invitation | None = None) -> None:
        super().__init__(code)
        self.invitation = invitation


def invitation_of(store: Reader, id: str) -> Invitation:
    """The invitation of that id. Raises NotFound: it was erased."""
    found = store.get(Invitation, id)
    if found is None:
        raise NotFound("no such invitation")
    return found


def with_meeting(store: Reader, id: str) -> tuple[Invitation, Meeting]:
    """An invitation and its meeting. Raises NotFound."""
    invitation = invitation_of(store, id)
    return invitation, meeting_of(store, invitation.meeting)


def invited(store: Reader, meeting: str, person: str) -> Invitation | None:
    """A person's invitation to a meeting."""
    return store.get(Invitation, invitation_id(meeting, person))


def refuse_closed(invitation: Invitation, meeting: Meeting, now: datetime) -> None:
    """Raise Closed if nothing can be answered any more."""
    if meeting.cancelled:
        raise Closed("cancelled")
    if now >= meeting.starts_at:
        raise Closed("started")
    if invitation.state in OVER:
        raise Closed("over")
