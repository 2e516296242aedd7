"""Registrations that nobody confirmed go by themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.mailing.duty import DAILY, Duty
from dela.mailing.ledger import Message
from dela.meetings.retention import AT_ONCE, until_none_left
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text
from dela.store.identity import parts_of


def erase_expired(ports: Ports, now: datetime) -> int:
    """Erase every registration that waited for its confirmation for too long; answers how many."""
    expired = Query(range_field="expires_at", below=instant_text(now), limit=1)

    def work(store: Transaction) -> int:
        """One person at a time, with the mails that asked them: a new sign-up starts from nothing."""
        for id in store.ids(Registration, expired):
            meeting, person = parts_of(id)
            messages = store.ids(Message, Query(equal={"meeting": meeting, "person": person}, limit=AT_ONCE))
            store.delete(Registration, id)
            for message in messages:
                store.delete(Message, message)
            return 1
        return 0

    return until_none_left(ports, work)


def _next_expiry(ports: Ports, now: datetime) -> Iterator[datetime]:
    expiring = Query(range_field="expires_at", at_least=instant_text(now), limit=1)
    for registration in ports.store.query(Registration, expiring):
        if registration.expires_at is not None:
            yield registration.expires_at + timedelta(microseconds=1)


ERASE_EXPIRED = Duty(
    name="erase_expired",
    rhythms=(DAILY,),
    run=lambda ports, now: {"expired": erase_expired(ports, now)},
    moments=_next_expiry,
)
