"""How many mails strangers may cause to one mailbox, over all meetings and whatever became of its registrations."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Self

from dela.attending.registration import MAILS_A_DAY
from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.meetings.retention import AT_ONCE, until_none_left
from dela.ports import Ports
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import Document, Instant, instant_text
from dela.store.identity import recipient_id
from dela.store.keeping import OfNobody

DAY = timedelta(days=1)


class RecipientLimit(Document):
    """When sign-ups led to mails to one mailbox, for a day. Its id is derived from the address without its plus part.

    It outlives leaving and erasure, so that neither lets a stranger begin anew.
    """

    collection: ClassVar[str] = "limits"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("forget_at",),)
    keeping = OfNobody(because="an HMAC of an address that leads to no other document, and times; erased after a day")

    mails: tuple[Instant, ...] = ()
    forget_at: Instant

    def allows_another(self) -> bool:
        """Whether one more mail may leave."""
        return len(self.mails) < MAILS_A_DAY

    def with_one_more(self, now: datetime) -> Self:
        """After a sign-up that leads to a mail."""
        return self.model_copy(update={"mails": (*self.mails, now), "forget_at": now + DAY})


def limit_of(store: Reader, key: str, email: str, now: datetime, also: tuple[datetime, ...] = ()) -> RecipientLimit:
    """What is remembered of the last day about this address's mailbox.

    `also` are times that an older release remembered elsewhere.
    """
    id = recipient_id(key, email)
    known = store.get(RecipientLimit, id)
    mails = known.mails if known else ()
    recent = tuple(sorted(sent for sent in (*mails, *(set(also) - set(mails))) if now - sent < DAY))
    return RecipientLimit(id=id, mails=recent, forget_at=max(recent, default=now) + DAY)


def forget_recipients(ports: Ports, now: datetime) -> int:
    """Erase what was remembered for a day; answers how many mailboxes that was."""
    old = Query(range_field="forget_at", below=instant_text(now + timedelta(microseconds=1)), limit=AT_ONCE)

    def work(store: Transaction) -> int:
        found = store.query(RecipientLimit, old)
        for limit in found:
            store.delete(RecipientLimit, limit.id)
        return len(found)

    return until_none_left(ports, work)


def _next_to_forget(ports: Ports, now: datetime) -> Iterator[datetime]:
    first = Query(range_field="forget_at", limit=1)
    yield from (limit.forget_at for limit in ports.store.query(RecipientLimit, first))


FORGET_RECIPIENTS = Duty(
    name="forget_recipients",
    rhythms=(QUARTER_HOURLY,),
    irreversible=True,
    run=lambda ports, now: {"recipients": forget_recipients(ports, now)},
    moments=_next_to_forget,
)
