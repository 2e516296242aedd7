"""Which meeting a request is about: the one that its path names, or the next one."""

import re

from dela.errors import NotFound
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of, next_meeting
from dela.web.call import Call

MEETING_ID = re.compile(r"[0-9]{4}-[0-9]{1,4}")


def meeting_id(call: Call, named: str | None) -> str | None:
    """The id of the meeting that a sign-up is for: the one that was named, which is not yet read, or the next open one.

    Raises NotFound for what can't be one; what is none is found out by signing up, which costs one read less.
    """
    if named is None:
        found = next_meeting(call.ports.store, call.now)
        return found.id if found else None
    refuse_no_id(named)
    return named


def named_meeting(call: Call, id: str) -> Meeting:
    """The meeting of that id. Raises NotFound."""
    refuse_no_id(id)
    return meeting_of(call.ports.store, id)


def refuse_no_id(text: str) -> None:
    """Raise NotFound for what no meeting's id looks like."""
    if not MEETING_ID.fullmatch(text):
        raise NotFound("no meeting has such an id")
