"""The pace that the mail server sets (DELA_MAIL_RATE): so many mails a minute over all workers.

Mails that anyone can cause by typing an address have a lane of their own: a quarter of the pace at most, charged to the
whole. The rest is left to those who are confirmed, however many sign up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from dela.mailing.ledger import Pace
from dela.ports import Ports
from dela.store.contract import Transaction
from dela.store.readable import get_readable

BURSTS_A_MINUTE = 6
MINUTE, IN_ITS_TURN = timedelta(minutes=1), timedelta(seconds=5)
"""As long as the mails of a turn leave within so many seconds of it, no sixty seconds see more mails than the rate."""
PARTS = 4
"""One of so many parts of the pace is what strangers can use up."""
WHOLE, UNPROVEN = "mail", "unproven"
"""The lanes, by the ids of their documents."""


def burst_size(rate: int) -> int:
    """How many mails leave at once at a rate per minute."""
    return max(1, rate // BURSTS_A_MINUTE)


def time_for(people: int, rate: int) -> timedelta:
    """How long so many mails to confirmed people take at a rate per minute, whatever strangers cause meanwhile."""
    return _guaranteed(burst_size(rate), rate) * ceil(people / burst_size(rate))


def capacity_of(rate: int, reminders: Sequence[timedelta]) -> int | None:
    """How many people a rate per minute can remind in time; None: there is no limit.

    `reminders` are the offsets before the start, the longest first. Mails to many start early, so that the last
    reader has theirs when it is due. A reminder that leaves more than its own offset too early ("in an hour", three
    hours before), or before the one ahead of it is due, is no longer what it says it is.
    """
    if not rate or not reminders:
        return None
    stretches = [*reminders, *(longer - shorter for longer, shorter in pairwise(reminders))]
    return int(min(stretches) / _guaranteed(1, rate))


def take_turn(ports: Ports, mails: int, now: datetime, *, unproven: bool = False) -> datetime | None:
    """Ask to send so many mails now, a burst at most: None if they may leave, else the time at which to ask again.

    `unproven` asks for one mail of the lane of its own.
    """
    rate = ports.settings.mail_rate
    if not rate:
        return None
    lanes = {WHOLE: (_interval(mails, rate), _interval(burst_size(rate), rate))}
    if unproven:
        lanes[UNPROVEN] = (lane_interval(rate), lane_interval(rate))

    def work(store: Transaction) -> datetime | None:
        paces = [(get_readable(store, Pace, lane), now + longest) for lane, (_, longest) in lanes.items()]
        # One that lies further ahead than any turn lasts was written before the clock was set back.
        taken = [pace.next_at for pace, longest in paces if pace is not None and now < pace.next_at <= longest]
        if not taken:
            for lane, (lasts, _) in lanes.items():
                store.put(Pace(id=lane, next_at=now + lasts))
        return max(taken, default=None)

    return ports.store.transact(work)


def lane_interval(rate: int) -> timedelta:
    """How far apart two mails that strangers caused leave at a rate per minute; without a limit, at once."""
    return _interval(1, rate) * PARTS if rate else timedelta(0)


def _guaranteed(mails: int, rate: int) -> timedelta:
    """For how long so many mails to confirmed people keep the pace busy, together with the strangers' part."""
    return _interval(mails, rate) * PARTS / (PARTS - 1)


def _interval(mails: int, rate: int) -> timedelta:
    """How long a turn of so many mails lasts.

    In sixty seconds, and those in which mails of an earlier turn may still leave, lie whole turns and the beginning of
    one more, which is a burst at most: together they come to the rate and no more.
    """
    return (MINUTE + IN_ITS_TURN) * mails / (rate - burst_size(rate) + 1)
