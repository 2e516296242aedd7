"""Finding the meetings that are over and not yet counted."""

from datetime import datetime

from dela.attending.figures import Figures
from dela.meetings.meeting import Meeting, MeetingState, Phase
from dela.meetings.run_meetings import close_meeting
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.documents import instant_text


def close_meetings(ports: Ports, now: datetime) -> int:
    """Close every open meeting that has ended; answers how many."""
    query = Query(equal={"state": MeetingState.OPEN}, range_field="starts_at", below=instant_text(now))
    ended = [each for each in ports.store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    for meeting in ended:
        close_meeting(ports, meeting, now)
    return len(ended)


def count_cancelled(ports: Ports, now: datetime) -> int:
    """Count every cancelled meeting once the time has passed at which it would have ended; answers how many."""
    query = Query(equal={"state": MeetingState.CANCELLED}, range_field="starts_at", below=instant_text(now))
    over = [each for each in ports.store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    uncounted = [each for each in over if ports.store.get(Figures, each.id) is None]
    for meeting in uncounted:
        close_meeting(ports, meeting, now)
    return len(uncounted)
