"""The pace that the mail server sets (DELA_MAIL_RATE): so many mails a minute over all workers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from dela.mailing.ledger import Pace
from dela.ports import Ports
from dela.store.contract import Transaction
from dela.store.readable import get_readable

BURSTS_A_MINUTE = 6
SAFETY = (BURSTS_A_MINUTE + 1) / BURSTS_A_MINUTE
"""Bursts keep so much more distance than the rate asks for that no sixty seconds ever see more mails than the rate,
wherever in its turn a burst's mails leave."""


def burst_size(rate: int) -> int:
    """How many mails leave at once at a rate per minute."""
    return max(1, rate // BURSTS_A_MINUTE)


def time_for(people: int, rate: int) -> timedelta:
    """How long so many mails take at a rate per minute."""
    return _interval(burst_size(rate), rate) * ceil(people / burst_size(rate))


def capacity_of(rate: int, reminders: Sequence[timedelta]) -> int | None:
    """How many people a rate per minute can remind in time; None: there is no limit.

    `reminders` are the offsets before the start, the longest first. Mails to many start early, so that the last
    reader has theirs when it is due. A reminder that leaves more than its own offset too early ("in an hour", three
    hours before), or before the one ahead of it is due, is no longer what it says it is.
    """
    if not rate or not reminders:
        return None
    stretches = [*reminders, *(longer - shorter for longer, shorter in pairwise(reminders))]
    return int(min(stretches) / _interval(1, rate))


def take_turn(ports: Ports, mails: int, now: datetime) -> datetime | None:
    """Ask to send so many mails now: None if they may leave, else the time at which to ask again."""
    rate = ports.settings.mail_rate
    if not rate:
        return None

    def work(store: Transaction) -> datetime | None:
        pace = get_readable(store, Pace, "mail")
        longest = now + _interval(burst_size(rate), rate)
        if pace is not None and now < pace.next_at <= longest:
            return pace.next_at
        store.put(Pace(id="mail", next_at=now + _interval(mails, rate)))
        return None

    return ports.store.transact(work)


def _interval(mails: int, rate: int) -> timedelta:
    return timedelta(minutes=mails / rate * SAFETY)
