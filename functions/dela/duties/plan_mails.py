"""What the quarter-hourly run does: plans the reminders that fall due, and wakes what was left lying."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.mailing.audience import plan_audience
from dela.mailing.ledger import AudiencePage, Heartbeat, Leased, Message, Reason
from dela.mailing.pace import time_for
from dela.mailing.wake import wake
from dela.meetings.closing import close_meetings
from dela.meetings.meeting import Meeting
from dela.meetings.reading import confirmed_of, open_meetings
from dela.meetings.reminder_times import Reminder, reminders_of
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.documents import instant_text

AHEAD = timedelta(minutes=35)
"""How far ahead a run plans: past the next run and one that is missed."""
WOKEN_AT_ONCE = 200


def plan_mails(ports: Ports, now: datetime) -> dict[str, int]:
    """Create the pages of all reminders that fall due until the next runs, and wake unfinished work that is due.

    Works from "due and not done", so that missed, late and doubled runs come to the same. Answers counts for the log.
    """
    closed = close_meetings(ports, now)
    planned = sum(_plan_meeting(ports, meeting, now) for meeting in open_meetings(ports.store, now))
    woken = sum(_wake_unfinished(ports, kind, now) for kind in (Message, AudiencePage))
    ports.store.transact(lambda store: store.put(Heartbeat(id="reminders", at=now)))
    return {"planned": planned, "woken": woken, "closed": closed}


def starts_at(ports: Ports, meeting: Meeting, reminder: Reminder) -> datetime:
    """When a reminder's mails start leaving: early enough for the last reader where the mail server sets a pace."""
    if not ports.settings.mail_rate:
        return reminder.due_at
    people = ports.store.count(Registration, confirmed_of(meeting.id))
    return reminder.due_at - time_for(people, ports.settings.mail_rate)


def _plan_meeting(ports: Ports, meeting: Meeting, now: datetime) -> int:
    planned = 0
    for reminder in reminders_of(meeting, ports.settings.reminders, ports.settings.zone):
        if now >= reminder.useful_until or reminder.due_at > now + timedelta(days=2):
            continue
        start = starts_at(ports, meeting, reminder)
        if start <= now + AHEAD:
            planned += _plan_reminder(ports, meeting, reminder, start, now)
    return planned


def _plan_reminder(ports: Ports, meeting: Meeting, reminder: Reminder, start: datetime, now: datetime) -> int:
    pages = ports.store.transact(
        lambda store: plan_audience(
            store,
            Reason.REMINDER,
            reminder.occurrence,
            meeting.id,
            start,
            reminder.useful_until,
            now,
            reminder.due_at - start,
        )
    )
    for page in pages:
        wake(ports, page, start)
    return len(pages)


def _wake_unfinished(ports: Ports, kind: type[Message] | type[AudiencePage], now: datetime) -> int:
    """Wake what is due, and what is being worked on for the moment at which its holder turns out to be dead."""
    due = Query(range_field="due_at", below=instant_text(now), limit=WOKEN_AT_ONCE)
    left: Sequence[Leased] = ports.store.query(kind, due)
    for work in left:
        wake(ports, work, work.lease_until if work.held(now) else now)
    return len(left)
