"""Leases on messages and pages: one holder at a time, and a holder that dies or sleeps loses it by the clock."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

from dela.mailing.ledger import LEASE, Leased
from dela.store.contract import Store, Transaction

W = TypeVar("W", bound=Leased)

MARGIN = timedelta(minutes=2)
"""No mail is begun so shortly before a lease ends: the slowest conversation must fit in."""


def take(store: Store, kind: type[W], id: str, now: datetime) -> W | None:
    """The work of that id with a lease of the caller's own, or None: finished, not due, held, or gone."""

    def work(transaction: Transaction) -> W | None:
        found = transaction.get(kind, id)
        if found is None or found.due_at is None or found.due_at > now or found.held(now):
            return None
        lease = {"lease_owner": token_hex(8), "lease_until": now + LEASE, "taken": found.taken + 1}
        leased = found.model_copy(update=lease)
        transaction.put(leased)
        return leased

    return store.transact(work)


def keep(store: Store, held: W, now: datetime) -> W | None:
    """Save `held` with its lease renewed; None if it is no longer the caller's: then nothing is saved."""
    return save(store, held.model_copy(update={"lease_until": now + LEASE}))


def release(store: Store, held: W, due_at: datetime | None) -> W | None:
    """Save `held` without its lease, to be taken up again at `due_at` (None: it is finished)."""
    return save(store, held.model_copy(update={"lease_until": None, "due_at": due_at}))


def save(store: Store, held: W) -> W | None:
    """Save `held` if its lease is still the caller's, else answer None and save nothing."""

    def work(transaction: Transaction) -> W | None:
        found = transaction.get(type(held), held.id)
        if found is None or found.lease_owner != held.lease_owner:
            return None
        transaction.put(held)
        return held

    return store.transact(work)


def may_begin(held: Leased, now: datetime) -> bool:
    """Whether there is enough of the holder's lease left to begin a mail. If its clock was set back, it renews it."""
    return held.lease_until is not None and held.lease_until - LEASE <= now < held.lease_until - MARGIN
