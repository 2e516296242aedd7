"""What coordinators are mailed because of a meeting's time: that speakers are missing, and the host's page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message, message_key
from dela.mailing.wake import wake_planned
from dela.meetings.civil import civil_before
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking import mails
from dela.speaking.asking_times import warning_times
from dela.speaking.matter import date_of
from dela.speaking.recipients import coordinators
from dela.speaking.telling import to_coordinators
from dela.store.contract import Transaction

HOST_BEFORE = timedelta(days=1)
Planned = tuple[MailKind, str, datetime, datetime]


def warn(ports: Ports, now: datetime) -> dict[str, int]:
    """Plan what is due and was not planned yet. Whether it is true is found out when it leaves."""
    planned = 0
    for meeting in open_meetings(ports.store, now):
        for kind, occurrence, begins, ends in _mails_of(meeting, ports.settings):
            if begins <= now < ends:
                planned += _plan(ports, kind, occurrence, meeting, now, ends)
    return {"warned": planned}


def _mails_of(meeting: Meeting, settings: Settings) -> Iterator[Planned]:
    """The mails about a meeting: kind, occurrence, from when, and until when they are of use."""
    date, warnings = date_of(meeting, settings), warning_times(meeting.starts_at, settings)
    ends = [*(at for _, at in warnings[1:]), meeting.starts_at]
    for (days, at), end in zip(warnings, ends, strict=True):
        yield mails.FEW, f"{days}d@{date}", at, end
    yield mails.HOSTING, date, civil_before(meeting.starts_at, HOST_BEFORE, settings.zone), meeting.ends_at


def _plan(ports: Ports, kind: MailKind, occurrence: str, meeting: Meeting, now: datetime, ends: datetime) -> int:
    first = next((person for person, _ in coordinators(ports.settings)), None)
    if first is None or ports.store.get(Message, message_key(kind.name, occurrence, meeting.id, first)) is not None:
        return 0
    messages = to_coordinators(ports.settings, kind, occurrence, meeting, now, useful_until=ends)

    def work(store: Transaction) -> list[Message]:
        new = [each for each in messages if store.get(Message, each.id) is None]
        for message in new:
            store.create(message)
        return new

    created = ports.store.transact(work)
    wake_planned(ports, created)
    return len(created)


def _moments(ports: Ports, now: datetime) -> Iterator[datetime]:
    for meeting in open_meetings(ports.store, now):
        yield from (begins for _, _, begins, _ in _mails_of(meeting, ports.settings))


WARN = Duty(name="warn_coordinators", rhythms=(QUARTER_HOURLY,), irreversible=False, run=warn, moments=_moments)
