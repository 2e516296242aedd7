"""What an operator does to meetings: plan, set the room, move, cancel, close."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dela.attending.count_figures import figures_of
from dela.attending.figures import Figures
from dela.errors import Conflict, Invalid
from dela.mailing.audience import plan_audience
from dela.mailing.ledger import AudiencePage, Reason
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Query, Transaction


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
        ids = {meeting.id for meeting in known}
        number = next(number for number in range(1, 1001) if f"{year}-{number}" not in ids)
        meeting = Meeting(
            id=f"{year}-{number}",
            starts_at=starts_at.astimezone(UTC),
            minutes=ports.settings.minutes,
            capacity=capacity,
            created_at=now,
            changed_at=now,
        )
        store.create(meeting)
        return meeting

    return ports.store.transact(work)


def set_room(ports: Ports, id: str, url: str, phone: str | None = None) -> Meeting:
    """Set the room's address, and its telephone number unless that is None; at any time, without a mail.

    Raises NotFound, and Invalid for what browsers and telephones can't follow: the address is https, because the
    button into the room leads nowhere else (architecture.md, Links).
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

    return ports.store.transact(work)


def move_meeting(ports: Ports, id: str, starts_at: datetime, now: datetime) -> Meeting:
    """Move a meeting and plan the correction to everyone; moving it to where it is changes nothing.

    Raises NotFound, and Conflict ("cancelled", "ended" or "past").
    """

    def change(meeting: Meeting, at: datetime) -> Meeting:
        if starts_at <= at:
            raise Conflict("past")
        if starts_at == meeting.starts_at:
            return meeting
        moved = {"starts_at": starts_at.astimezone(UTC), "moved_at": at, "moved_from": meeting.starts_at}
        return _changed(meeting, at, moved)

    return _correct(ports, id, now, change, Reason.MOVED)


def cancel_meeting(ports: Ports, id: str, now: datetime) -> Meeting:
    """Cancel a meeting and plan the mail that takes it out of every calendar; a second time changes nothing.

    Raises NotFound, and Conflict ("ended").
    """

    def change(meeting: Meeting, at: datetime) -> Meeting:
        return meeting if meeting.cancelled else _changed(meeting, at, {"state": MeetingState.CANCELLED})

    return _correct(ports, id, now, change, Reason.CANCELLED)


def close_meeting(ports: Ports, meeting: Meeting, now: datetime) -> Figures:
    """Count a meeting that has ended, once, so that its figures survive the erasure of people.

    Whether it is counted is read where it is decided: a second caller must not count those whom the first has erased.
    A cancelled meeting stays cancelled.
    """

    def work(store: Transaction) -> Figures:
        known, present = store.get(Figures, meeting.id), meeting_of(store, meeting.id)
        if known is not None:
            return known
        figures = figures_of(store, meeting.id, ports.settings, now)
        if not present.cancelled:
            store.put(present.model_copy(update={"state": MeetingState.CLOSED}))
        store.put(figures)
        return figures

    return ports.store.transact(work)


def _is_room(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and url.isprintable() and " " not in url


def _changed(meeting: Meeting, at: datetime, update: dict[str, Any]) -> Meeting:
    return meeting.model_copy(update={**update, "changed_at": at, "sequence": meeting.sequence + 1})


def _correct(
    ports: Ports, id: str, now: datetime, change: Callable[[Meeting, datetime], Meeting], reason: Reason
) -> Meeting:
    """Change a meeting and plan the mail about it in one transaction."""

    def work(store: Transaction) -> tuple[Meeting, list[AudiencePage]]:
        meeting = meeting_of(store, id)
        # Read inside the transaction: whoever confirmed before this commit, having read the old time, did so earlier.
        at = max(now, ports.clock.now())
        if meeting.cancelled and reason is not Reason.CANCELLED:
            raise Conflict("cancelled")
        if at >= meeting.ends_at:
            raise Conflict("ended")
        changed = change(meeting, at)
        if changed is meeting:
            return meeting, []
        pages = plan_audience(store, reason, str(changed.sequence), id, at, changed.ends_at, at)
        store.put(changed)
        return changed, pages

    meeting, pages = ports.store.transact(work)
    for page in pages:
        wake(ports, page)
    return meeting
