"""Registrations that nobody confirmed go by themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.mailing.duty import DAILY, Duty
from dela.mailing.ledger import Message, MessageState
from dela.meetings.retention import AT_ONCE
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text
from dela.store.identity import parts_of
from dela.store.readable import get_readable

AGAIN = timedelta(days=1)
LONGEST_WAIT = timedelta(days=7)
"""For no longer a registration stays whose mail the mail server does not take."""


def erase_expired(ports: Ports, now: datetime) -> int:
    """Erase every registration that waited for its confirmation for too long; answers how many.

    One whose mail could not leave yet, because the mail server is away, has not been asked: it waits for some days.
    """
    expired = Query(range_field="expires_at", below=instant_text(now), limit=1)

    def work(store: Transaction) -> int | None:
        """One person at a time, with the mails that asked them: a new sign-up starts from nothing. None: no more."""
        for id in store.ids(Registration, expired):
            meeting, person = parts_of(id)
            mails = Query(equal={"meeting": meeting, "person": person}, limit=AT_ONCE)
            registration, messages = get_readable(store, Registration, id), store.ids(Message, mails)
            young = registration is not None and now - registration.signed_up_at < LONGEST_WAIT
            if registration and young and any(_not_taken(each) for each in store.query(Message, mails)):
                store.put(registration.model_copy(update={"expires_at": now + AGAIN}))
                return 0
            store.delete(Registration, id)
            for message in messages:
                store.delete(Message, message)
            return 1
        return None

    erased = 0
    while (done := ports.store.transact(work)) is not None:
        erased += done
    return erased


def _not_taken(message: Message) -> bool:
    """Whether the mail server did not take a mail that is still to leave."""
    return message.unproven and message.state is MessageState.PLANNED and message.attempts > 0


def _next_expiry(ports: Ports, now: datetime) -> Iterator[datetime]:
    expiring = Query(range_field="expires_at", at_least=instant_text(now), limit=1)
    for registration in ports.store.query(Registration, expiring):
        if registration.expires_at is not None:
            yield registration.expires_at + timedelta(microseconds=1)


ERASE_EXPIRED = Duty(
    name="erase_expired",
    rhythms=(DAILY,),
    irreversible=True,
    run=lambda ports, now: {"expired": erase_expired(ports, now)},
    moments=_next_expiry,
)
