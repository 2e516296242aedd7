"""Where the forum stands: meetings, registrations, mails, schedule; for an operator's eyes, without any address."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dela.attending.figures import Figures
from dela.attending.registration import Registration, RegistrationState
from dela.clock.seen import ClockSeen
from dela.mailing.believing import seen_at
from dela.mailing.due import EVER, all_due
from dela.mailing.duty import RHYTHMS
from dela.mailing.ledger import AudiencePage, Heartbeat, Message, MessageState
from dela.mailing.unproven import ceilings_of
from dela.meetings.meeting import Meeting, Phase
from dela.ports import Ports
from dela.store.contract import Query, Scalar, Store
from dela.store.documents import instant_text
from dela.store.readable import get_readable, unreadable_in

MAIL_OLD = timedelta(minutes=15)
"""A mail that is due for longer waits for someone who does not come."""
AT_ONCE = 500


@dataclass(frozen=True)
class MeetingStatus:
    """One meeting in numbers; of one whose people are erased, what was counted when it closed."""

    meeting: Meeting
    phase: Phase
    confirmed: int
    pending: int
    left: int
    present: int
    next_reminder: datetime | None


@dataclass(frozen=True)
class Unproven:
    """Mails that anyone can cause by typing an address, in numbers."""

    waiting: int
    of_hour: int
    of_day: int


@dataclass(frozen=True)
class Mails:
    """The ledger in numbers. `pages` are parts of mails to everyone that are not done, `overdue` what waits too long.

    `unproven` are those that anyone could cause: how many wait, and for each ceiling how many left within its time.
    `troubles` counts what was dropped or failed, by meeting, reason, state and outcome.
    """

    waiting: int
    sent: int
    dropped: int
    failed: int
    pages: int
    overdue: int
    unproven: Unproven
    troubles: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Status:
    """Everything that `dela status` tells. `last_runs` has None for what has never run.

    `clock` is what a look at it shows now; None: it is moved on purpose.
    """

    now: datetime
    meetings: list[MeetingStatus]
    mails: Mails
    last_runs: dict[str, datetime | None]
    clock: ClockSeen | None

    @property
    def next_meeting(self) -> MeetingStatus | None:
        """The first meeting that is not over or cancelled."""
        return next((each for each in self.meetings if each.meeting.takes_registrations(self.now)), None)

    def late_runs(self) -> list[str]:
        """The scheduled functions that have missed a run or never ran."""
        runs = ((rhythm, self.last_runs[rhythm.function]) for rhythm in RHYTHMS)
        return [rhythm.function for rhythm, last in runs if last is None or self.now - last > rhythm.late_after]


def status_of(ports: Ports, now: datetime) -> Status:
    """The status at `now`. Reads people by counting them only."""
    meetings = ports.store.query(Meeting, Query(range_field="starts_at", limit=1000))
    runs = {rhythm.function: get_readable(ports.store, Heartbeat, rhythm.function) for rhythm in RHYTHMS}
    reminders = _next_reminders(ports, now)
    return Status(
        now=now,
        meetings=[_meeting(ports, meeting, now, reminders.get(meeting.id)) for meeting in meetings],
        mails=_mails(ports, now),
        last_runs={name: beat.at if beat else None for name, beat in runs.items()},
        clock=None if ports.clock.meant else seen_at(ports.store, now),
    )


def unreadable(ports: Ports) -> dict[str, int]:
    """How many documents of each collection this program can't read, where there are any.

    It reads everything: cheap in a file at home, not where each read is billed.
    """
    found = {kind.collection: unreadable_in(ports.store, kind, AT_ONCE) for kind in ports.declared.documents}
    return {collection: count for collection, count in found.items() if count}


def _meeting(ports: Ports, meeting: Meeting, now: datetime, next_reminder: datetime | None) -> MeetingStatus:
    figures = get_readable(ports.store, Figures, meeting.id) if meeting.phase(now) is Phase.ENDED else None

    def people(**equal: Scalar) -> int:
        return ports.store.count(Registration, Query(equal={"meeting": meeting.id, **equal}))

    present = Query(equal={"meeting": meeting.id}, range_field="present_at", at_least="")
    return MeetingStatus(
        meeting=meeting,
        phase=meeting.phase(now),
        confirmed=figures.confirmed if figures else people(state=RegistrationState.CONFIRMED),
        pending=people(state=RegistrationState.PENDING),
        left=figures.left if figures else people(state=RegistrationState.LEFT),
        present=figures.present if figures else ports.store.count(Registration, present),
        next_reminder=next_reminder,
    )


def _next_reminders(ports: Ports, now: datetime) -> dict[str, datetime]:
    """When the next mail to everybody begins to leave, by meeting."""
    coming = sorted((due.starts_at, due.matter) for _, due in all_due(ports, now, EVER) if due.starts_at > now)
    return {matter: start for start, matter in reversed(coming)}


def _mails(ports: Ports, now: datetime) -> Mails:
    store = ports.store

    def messages(state: MessageState) -> int:
        return store.count(Message, Query(equal={"state": state}))

    late = Query(range_field="due_at", below=instant_text(now - MAIL_OLD))
    troubles: Counter[tuple[str, str, str, str]] = Counter()
    for state in (MessageState.DROPPED, MessageState.FAILED):
        for message in _all(store, state):
            troubles[message.meeting, message.reason, state, message.outcome] += 1
    return Mails(
        waiting=messages(MessageState.PLANNED),
        sent=messages(MessageState.SENT),
        dropped=messages(MessageState.DROPPED),
        failed=messages(MessageState.FAILED),
        pages=store.count(AudiencePage, Query(range_field="due_at", at_least="")),
        overdue=store.count(Message, late) + store.count(AudiencePage, late),
        unproven=_unproven(ports, now),
        troubles=troubles,
    )


def _unproven(ports: Ports, now: datetime) -> Unproven:
    waiting = ports.store.count(Message, Query(equal={"unproven": True, "state": MessageState.PLANNED}))
    of_hour, of_day = (ports.store.count(Message, each.sent(now)) for each in ceilings_of(ports.settings))
    return Unproven(waiting, of_hour, of_day)


def _all(store: Store, state: MessageState) -> Iterator[Message]:
    last: Message | None = None
    while True:
        found = store.query(Message, Query(equal={"state": state}, limit=AT_ONCE, after=last))
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1]
