"""Entering the meeting's room: counts presence once and tells where the room is."""

from datetime import datetime

from dela.attending.confirm import registration_of
from dela.attending.registration import Registration
from dela.errors import Conflict
from dela.meetings.meeting import Meeting, Phase
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction


def enter_room(ports: Ports, id: str, now: datetime) -> str:
    """Count the person of this registration as present and answer the room's address.

    Raises NotFound, and Conflict with the state that the join page shows instead (see `room_state`).
    """

    def work(store: Transaction) -> str:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        state = room_state(registration, meeting, now)
        if state != "open":
            raise Conflict(state)
        if registration.present_at is None:
            store.put(registration.model_copy(update={"present_at": now}))
        return meeting.room_url

    return ports.store.transact(work)


def room_state(registration: Registration, meeting: Meeting, now: datetime) -> str:
    """What the join page is about: "cancelled", "left", "before", "ended", "waiting" (no room yet) or "open"."""
    if meeting.cancelled:
        return "cancelled"
    if not registration.confirmed:
        return "left"
    phase = meeting.phase(now)
    if phase in (Phase.BEFORE, Phase.ENDED):
        return phase.value
    return "open" if meeting.room_url else "waiting"
