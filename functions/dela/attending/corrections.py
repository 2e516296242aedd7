"""What becomes of the people of a meeting that is moved, is cancelled or has ended."""

from datetime import datetime

from dela.attending import mails
from dela.attending.counting import counted_once
from dela.mailing.kinds import Due, MailKind
from dela.mailing.to_audience import planned_audience
from dela.meetings.changes import Consequence, OnMeeting, Writes
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Reader


def _mailed(kind: MailKind) -> Consequence:
    """A mail to everyone who is registered, at once; the meeting's SEQUENCE is its occurrence."""

    def consequence(ports: Ports, store: Reader, meeting: Meeting, at: datetime) -> Writes:
        due = Due(meeting.id, str(meeting.sequence), at, at, meeting.ends_at)
        return Writes(create=planned_audience(store, kind, due, at))

    return consequence


ATTENDEES = OnMeeting(
    name="attendees",
    moved=_mailed(mails.MOVED),
    cancelled=_mailed(mails.CANCELLED),
    ended=counted_once,
    renumbered=_mailed(mails.NUMBER),
)
