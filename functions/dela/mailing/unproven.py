"""A ceiling on mails that anyone can cause by typing an address (DELA_UNPROVEN_HOUR, DELA_UNPROVEN_DAY).

What is above it waits in the ledger and leaves one client after another: the more mails a client has caused, the later
the next one's turn comes, and the last quarter of the ceiling is kept for clients that caused few. So whoever fills it
shuts nobody else out.

The ceiling is judged by counts, outside of transactions, because no document could bear being changed by every mail.
Deliveries that happen at once may therefore pass it together: by as many as there are at once, one at home.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.mailing.kinds import MailKind
from dela.mailing.ledger import SKEW, Message
from dela.mailing.pace import lane_interval, take_turn
from dela.ports import Ports
from dela.settings import Settings
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import Document, Instant, instant_text
from dela.store.identity import cause_id
from dela.store.keeping import OfNobody

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REMEMBERED = DAY
"""What limits remember is forgotten after so long."""
FEW = 20
"""A client that caused fewer mails within a day has the whole ceiling, others three quarters of it."""
CLIENTS_OF_A_NETWORK = 8
"""So many mails of a whole network weigh as much as one of a client."""
TICK = timedelta(microseconds=1)
ERASED_AT_ONCE = 100
LOOK_EVERY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a mail's cause came from: the ids of a network client and of its wider network; "" where it is unknown."""

    client: str = ""
    network: str = ""


class Cause(Document):
    """That a client caused a mail. Its id is derived from the mail's, so that it names nobody."""

    collection: ClassVar[str] = "causes"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("client", "at"), ("network", "at"), ("at",))
    keeping = OfNobody(because="client and network are HMACs of network addresses, erased after a day")

    client: str
    network: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many unproven mails may leave within a time."""

    window: timedelta
    limit: int

    @property
    def of_many(self) -> int:
        """What clients that caused many may use of it."""
        return -(-self.limit * 3 // 4)

    @property
    def step(self) -> timedelta:
        """The distance of mails that leave evenly."""
        return self.window / self.limit

    def sent(self, now: datetime) -> Query:
        """What left within the window. Times ahead of the clock are those of one that was set back since."""
        since, until = instant_text(now - self.window + TICK), instant_text(now + SKEW)
        return Query(equal={"unproven": True}, range_field="sent_at", at_least=since, below=until, limit=1)


def ceilings_of(settings: Settings) -> tuple[Ceiling, Ceiling]:
    """The ceilings of the hour and of the day."""
    return Ceiling(HOUR, settings.unproven_hour), Ceiling(DAY, settings.unproven_day)


def cause_of(ports: Ports, message: Message, origin: Origin, now: datetime) -> Document:
    """What remembers who caused a message; write it in the transaction that creates the message."""
    id = cause_id(ports.settings.identity_key, message.id)
    return Cause(id=id, client=origin.client, network=origin.network, at=now)


def turn_of(ports: Ports, kind: MailKind, message: Message, now: datetime) -> datetime | None:
    """Ask to send a mail to one person: None if it may leave, else the time at which to ask again."""
    if not kind.unproven:
        return take_turn(ports, 1, now)
    turn = _held_until(ports, message, now)
    if turn is not None:
        return turn
    free = take_turn(ports, 1, now, unproven=True)
    interval = lane_interval(ports.settings.mail_rate)
    return None if free is None else max(free, message.planned_at + _caused_before(ports, message) * interval)


def holds(ports: Ports, now: datetime) -> bool:
    """Whether mails have to wait for the ceiling, as it was some seconds ago: the same for everybody."""
    looked = ports.once(_Looked)
    if looked.at is None or not timedelta(0) <= now - looked.at < LOOK_EVERY:
        looked.held = bool(_reached(ports, now))
        looked.at = now
    return looked.held


class _Looked:
    """What was seen when somebody last looked."""

    def __init__(self, settings: Settings) -> None:
        self.at: datetime | None = None
        self.held = False


def _reached(ports: Ports, now: datetime) -> list[tuple[Ceiling, int]]:
    """The ceilings that only clients with few mails are under, and what left within their time: mostly one count."""
    hour, day = ceilings_of(ports.settings)
    of_day = ports.store.count(Message, day.sent(now))
    if of_day < min(hour.of_many, day.of_many):
        return []
    counts = [(hour, ports.store.count(Message, hour.sent(now))), (day, of_day)]
    return [(ceiling, sent) for ceiling, sent in counts if sent >= ceiling.of_many]


def _held_until(ports: Ports, message: Message, now: datetime) -> datetime | None:
    """None if the ceilings let it leave, else the time at which to ask again.

    The more its client caused before it, the later that is, counted from when it was planned: so a mail whose time has
    come waits for one of the next free places only, and nobody looks at the thousandth mail of a client all the time.
    """
    reached = _reached(ports, now)
    if not reached:
        return None
    before = _caused_before(ports, message)
    turns = [
        max(
            _opens(ports.store, ceiling, sent - allowed, now) + (before % FEW if before >= FEW else 0) * ceiling.step,
            message.planned_at + before * ceiling.step,
        )
        for ceiling, sent in reached
        if sent >= (allowed := ceiling.limit if before < FEW else ceiling.of_many)
    ]
    return max(turns, default=None)


def _opens(store: Reader, ceiling: Ceiling, above: int, now: datetime) -> datetime:
    """When the next place becomes free, where so many others have to leave the window before."""
    oldest = next(iter(store.query(Message, ceiling.sent(now))), None)
    first = now if oldest is None or oldest.sent_at is None else oldest.sent_at + ceiling.window
    return max(first, now + TICK) + above * ceiling.step


def _caused_before(ports: Ports, message: Message) -> int:
    """How many mails its client caused within the day before; many of a whole network count for some."""
    cause = ports.store.get(Cause, cause_id(ports.settings.identity_key, message.id))
    if cause is None or not cause.client:
        return 0
    since, until = instant_text(cause.at - REMEMBERED), instant_text(cause.at)
    of_client, of_network = (
        ports.store.count(Cause, Query(equal=equal, range_field="at", at_least=since, below=until))
        for equal in ({"client": cause.client}, {"network": cause.network})
    )
    return max(of_client, of_network // CLIENTS_OF_A_NETWORK)


def forget_causes(ports: Ports, now: datetime) -> int:
    """Erase who caused mails a day ago; answers how many mails that was."""
    old = Query(range_field="at", below=instant_text(now - REMEMBERED + TICK), limit=ERASED_AT_ONCE)

    def work(store: Transaction) -> int:
        found = store.query(Cause, old)
        for cause in found:
            store.delete(Cause, cause.id)
        return len(found)

    total = 0
    while done := ports.store.transact(work):
        total += done
    return total


def _next_to_forget(ports: Ports, now: datetime) -> Iterator[datetime]:
    yield from (cause.at + REMEMBERED for cause in ports.store.query(Cause, Query(range_field="at", limit=1)))


FORGET_CAUSES = Duty(
    name="forget_causes",
    rhythms=(QUARTER_HOURLY,),
    irreversible=True,
    run=lambda ports, now: {"causes": forget_causes(ports, now)},
    moments=_next_to_forget,
)
