"""Claiming a store for real use or for the demo: whoever comes first decides for good (docs/decisions/0006)."""

from datetime import datetime

from dela.clock.offset import ClockOffset
from dela.errors import Conflict
from dela.meetings.meeting import Meeting
from dela.store.contract import Query, Reader, Store, Transaction
from dela.store.installation import THIS, Installation, Purpose
from dela.version import VERSION


def purpose_of(store: Reader) -> Purpose | None:
    """What a store is used for; None for one that nobody has used yet."""
    installation = store.get(Installation, THIS)
    if installation is not None:
        return installation.purpose
    if store.count(ClockOffset, Query()):
        return Purpose.DEMO
    return Purpose.REAL if store.count(Meeting, Query()) else None


def claim(store: Store, purpose: Purpose, now: datetime) -> None:
    """Mark a store as used for this purpose; again changes nothing. Raises Conflict if it is used for the other."""

    def work(transaction: Transaction) -> None:
        found, marked = purpose_of(transaction), transaction.get(Installation, THIS)
        if found not in (None, purpose):
            raise Conflict(f"used for {found}")
        if marked is None:
            transaction.put(Installation(id=THIS, purpose=purpose, since=now, made_by=VERSION))

    store.transact(work)
