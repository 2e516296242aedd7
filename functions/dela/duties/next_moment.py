"""When something will happen next by itself: what the demo's clock jumps to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.duties.plan_mails import starts_at
from dela.mailing.ledger import AudiencePage, Message
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import reminders_of
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.documents import instant_text


def next_moment(ports: Ports, now: datetime) -> datetime | None:
    """The first time after `now` at which a mail, a count or an erasure falls due, as far as the store tells."""
    return min((moment for moment in _moments(ports, now) if moment > now), default=None)


def _moments(ports: Ports, now: datetime) -> Iterator[datetime]:
    settings = ports.settings
    for meeting in ports.store.query(Meeting, Query(limit=1000)):
        yield meeting.ends_at
        for days in (settings.keep_registrations_days, settings.keep_contacts_days):
            yield meeting.ends_at + timedelta(days=days)
        if meeting.starts_at > now:
            for reminder in reminders_of(meeting, settings.reminders, settings.zone):
                yield starts_at(ports, meeting, reminder)
    for kind in (Message, AudiencePage):
        later = Query(range_field="due_at", at_least=instant_text(now + timedelta(microseconds=1)), limit=1)
        for work in ports.store.query(kind, later):
            if work.due_at is not None:
                yield work.due_at
    expiring = Query(range_field="expires_at", at_least=instant_text(now), limit=1)
    for registration in ports.store.query(Registration, expiring):
        if registration.expires_at is not None:
            yield registration.expires_at + timedelta(microseconds=1)
