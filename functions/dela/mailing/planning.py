"""What the schedule does for mails: plans those that fall due by themselves, and wakes what was left lying."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dela.mailing.due import EVER, LONGEST_LEAD, all_due
from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.mailing.kinds import Due, MailKind
from dela.mailing.ledger import AudiencePage, Leased, Message
from dela.mailing.to_audience import planned_audience
from dela.mailing.wake import wake, wake_pages
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import Document, instant_text

AHEAD = timedelta(minutes=35)
"""How far ahead a run plans: past the next run and one that is missed."""
WOKEN_AT_ONCE = 200


def plan_due(ports: Ports, now: datetime) -> int:
    """Create the pages of all mails that fall due until the next runs; answers how many pages that were.

    Works from "due and not done", so that missed, late and doubled runs come to the same.
    """
    due = [
        (kind, each)
        for kind, each in all_due(ports, now, now + LONGEST_LEAD)
        if now < each.useful_until and each.starts_at <= now + AHEAD
    ]
    return sum(_plan(ports, kind, each, now) for kind, each in due)


def wake_unfinished(ports: Ports, now: datetime) -> int:
    """Wake what is due, and what is being worked on for the moment at which its holder turns out to be dead."""
    return sum(_wake(ports, kind, now) for kind in (Message, AudiencePage))


def _plan(ports: Ports, kind: MailKind, due: Due, now: datetime) -> int:
    def work(store: Transaction) -> list[Document]:
        planned = planned_audience(store, kind, due, now)
        for document in planned:
            store.create(document)
        return planned

    return wake_pages(ports, ports.store.transact(work), due.starts_at)


def _wake(ports: Ports, kind: type[Message] | type[AudiencePage], now: datetime) -> int:
    due = Query(range_field="due_at", below=instant_text(now), limit=WOKEN_AT_ONCE)
    left: Sequence[Leased] = ports.store.query(kind, due)
    for work in left:
        wake(ports, work, work.lease_until if work.held(now) else now)
    return len(left)


def _starts(ports: Ports, now: datetime) -> Iterator[datetime]:
    yield from (due.starts_at for _, due in all_due(ports, now, EVER))


def _unfinished(ports: Ports, now: datetime) -> Iterator[datetime]:
    later = Query(range_field="due_at", at_least=instant_text(now + timedelta(microseconds=1)), limit=1)
    for kind in (Message, AudiencePage):
        left: Sequence[Leased] = ports.store.query(kind, later)
        yield from (work.due_at for work in left if work.due_at is not None)


PLAN_DUE = Duty(
    name="plan_due",
    rhythms=(QUARTER_HOURLY,),
    irreversible=False,  # after hours of standing still a reminder has to leave at once
    run=lambda ports, now: {"planned": plan_due(ports, now)},
    moments=_starts,
)
WAKE_UNFINISHED = Duty(
    name="wake_unfinished",
    rhythms=(QUARTER_HOURLY,),
    irreversible=False,
    run=lambda ports, now: {"woken": wake_unfinished(ports, now)},
    moments=_unfinished,
)
