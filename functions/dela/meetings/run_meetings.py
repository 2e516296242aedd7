"""What an operator does to meetings: plan, set the room, move, cancel."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dela.errors import Conflict, Invalid
from dela.mailing.wake import wake_planned
from dela.meetings.changes import NOTHING, Consequence, OnMeeting, Writes, consequences
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reading import forget_open_meetings, meeting_of
from dela.ports import Ports
from dela.store.contract import Query, Transaction

R = TypeVar("R")


def plan_meeting(ports: Ports, starts_at: datetime, now: datetime, capacity: int | None = None) -> Meeting:
    """Create a meeting that starts then. Its id is the year and the next free number.

    Raises Conflict ("past" or "exists") for a time that has passed or that has a meeting already.
    """
    if starts_at <= now:
        raise Conflict("past")
    year = starts_at.astimezone(ports.settings.zone).year

    def work(store: Transaction) -> Meeting:
        known = store.query(Meeting, Query(limit=1000))
        if any(meeting.starts_at == starts_at and not meeting.cancelled for meeting in known):
            raise Conflict("exists")
        ids = set(store.ids(Meeting, Query(limit=1000)))
        number = next(number for number in range(1, 1001) if f"{year}-{number}" not in ids)
        meeting = Meeting(
            id=f"{year}-{number}",
            starts_at=starts_at.astimezone(UTC),
            minutes=ports.settings.minutes,
            capacity=capacity,
            seated_for=capacity,
            created_at=now,
            changed_at=now,
        )
        store.create(meeting)
        return meeting

    return _committed(ports, work)


def set_room(ports: Ports, id: str, url: str, phone: str | None = None) -> Meeting:
    """Set the room's address, and its telephone number unless that is None; at any time, without a mail.

    Raises NotFound, and Invalid for what browsers and telephones can't follow: the address is https, because the
    button into the room leads nowhere else (docs/rules.md, "No login, no script, no third party").
    """
    wrong = {} if _is_room(url) else {"url": "address"}
    if phone and not re.fullmatch(r"\+?[\d\s()/#*,.-]*\d[\d\s()/#*,.-]*", phone):
        wrong["phone"] = "phone"
    if wrong:
        raise Invalid(wrong)

    def work(store: Transaction) -> Meeting:
        meeting = meeting_of(store, id)
        update = {"room_url": url} if phone is None else {"room_url": url, "phone": phone}
        changed = meeting.model_copy(update=update)
        store.put(changed)
        return changed

    return _committed(ports, work)


def move_meeting(ports: Ports, id: str, starts_at: datetime, now: datetime) -> Meeting:
    """Move a meeting and plan the correction to everyone; moving it to where it is changes nothing.

    Raises NotFound, and Conflict ("cancelled", "ended" or "past").
    """

    def change(meeting: Meeting, at: datetime) -> Meeting:
        if meeting.cancelled:
            raise Conflict("cancelled")
        _refuse_ended(meeting, at)
        if starts_at <= at:
            raise Conflict("past")
        if starts_at == meeting.starts_at:
            return meeting
        moved = {"starts_at": starts_at.astimezone(UTC), "moved_at": at, "moved_from": meeting.starts_at}
        return _changed(meeting, at, moved)

    return _correct(ports, id, now, change, lambda room: room.moved)


def cancel_meeting(ports: Ports, id: str, now: datetime) -> Meeting:
    """Cancel a meeting and plan the mail that takes it out of every calendar; a second time changes nothing.

    Raises NotFound, and Conflict ("ended").
    """

    def change(meeting: Meeting, at: datetime) -> Meeting:
        _refuse_ended(meeting, at)
        return meeting if meeting.cancelled else _changed(meeting, at, {"state": MeetingState.CANCELLED})

    return _correct(ports, id, now, change, lambda room: room.cancelled)


def _committed(ports: Ports, work: Callable[[Transaction], R]) -> R:
    result = ports.store.transact(work)
    forget_open_meetings(ports)
    return result


def _is_room(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and url.isprintable() and " " not in url


def _refuse_ended(meeting: Meeting, at: datetime) -> None:
    if at >= meeting.ends_at:
        raise Conflict("ended")


def _changed(meeting: Meeting, at: datetime, update: dict[str, Any]) -> Meeting:
    return meeting.model_copy(update={**update, "changed_at": at, "sequence": meeting.sequence + 1})


def _correct(
    ports: Ports,
    id: str,
    now: datetime,
    change: Callable[[Meeting, datetime], Meeting],
    which: Callable[[OnMeeting], Consequence],
) -> Meeting:
    """Change a meeting and write what follows from it, such as the mail about it, in one transaction."""

    def work(store: Transaction) -> tuple[Meeting, Writes]:
        meeting = meeting_of(store, id)
        # Read inside the transaction: whoever confirmed before this commit, having read the old time, did so earlier.
        at = max(now, ports.clock.now())
        changed = change(meeting, at)
        if changed is meeting:
            return meeting, NOTHING
        writes = consequences(which, ports, store, changed, at)
        store.put(changed)
        writes.write(store)
        return changed, writes

    meeting, writes = _committed(ports, work)
    wake_planned(ports, writes.create)
    return meeting
