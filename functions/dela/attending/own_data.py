"""A person's right to their data: all of it in one file, or all of it gone."""

from collections.abc import Sequence
from typing import Any

from dela.attending.registration import Registration
from dela.errors import NotFound
from dela.mailing.ledger import Message
from dela.ports import Ports
from dela.store.contract import Query, Reader, Transaction

MANY = 500
"""More than one person can have: four meetings a year, some ten mails each, kept for a year."""


def export(ports: Ports, id: str) -> dict[str, Any]:
    """Everything that is stored about the owner of a registration, over all meetings, ready for JSON.

    Raises NotFound if it was erased.
    """
    registrations = _registrations(ports.store, id)
    mails = _messages(ports.store, registrations[0].person)
    return {
        "registrations": [each.model_dump(mode="json", exclude={"person"}) for each in registrations],
        "mails": [
            each.model_dump(mode="json", include={"reason", "meeting", "state", "outcome", "planned_at", "sent_at"})
            for each in mails
        ],
    }


def erase(ports: Ports, id: str) -> None:
    """Erase the owner of a registration from all meetings and from the ledger. Raises NotFound if that was done."""

    def work(store: Transaction) -> None:
        registrations = _registrations(store, id)
        messages = _messages(store, registrations[0].person)
        for registration in registrations:
            store.delete(Registration, registration.id)
        for message in messages:
            store.delete(Message, message.id)

    ports.store.transact(work)


def _registrations(store: Reader, id: str) -> Sequence[Registration]:
    registration = store.get(Registration, id)
    if registration is None:
        raise NotFound("erased")
    return store.query(Registration, Query(equal={"person": registration.person}, limit=MANY))


def _messages(store: Reader, person: str) -> Sequence[Message]:
    return store.query(Message, Query(equal={"person": person}, limit=MANY))
