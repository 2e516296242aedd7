"""Entering the meeting's room: counts presence once and tells where the room is."""

from datetime import datetime

from dela.attending.confirm import registration_of
from dela.attending.standing import Closed, Standing, at_the_door
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction


def enter_room(ports: Ports, id: str, now: datetime) -> str:
    """Count the person of this registration as present and answer the room's address.

    Raises NotFound, and Closed with where the person stands instead (see `at_the_door`).
    """

    def work(store: Transaction) -> str:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        standing = at_the_door(registration, meeting, now)
        if standing is not Standing.ROOM_OPEN:
            raise Closed(standing)
        if registration.present_at is None:
            store.put(registration.model_copy(update={"present_at": now}))
        return meeting.room_url

    return ports.store.transact(work)
