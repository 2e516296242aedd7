"""Finding the meetings that have ended and are not yet counted."""

from datetime import datetime

from dela.domain.documents import instant_text
from dela.domain.meeting import Meeting, MeetingState, Phase
from dela.ports import Ports
from dela.ports.store import Query
from dela.usecases.run_meetings import close_meeting


def close_meetings(ports: Ports, now: datetime) -> int:
    """Close every open meeting that has ended; answers how many."""
    query = Query(equal={"state": MeetingState.OPEN}, range_field="starts_at", below=instant_text(now))
    ended = [each for each in ports.store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    for meeting in ended:
        close_meeting(ports, meeting, now)
    return len(ended)
