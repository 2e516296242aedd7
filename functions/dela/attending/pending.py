"""What becomes of a registration that waits while the mail that asks for its confirmation does."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dela.attending.registration import CONFIRM_WITHIN, Registration
from dela.mailing.ledger import Message
from dela.store.contract import Reader
from dela.store.documents import Document
from dela.store.identity import registration_id

LATE = timedelta(minutes=5)
"""A mail that left sooner has cost its reader nothing worth a write."""


def confirmed_in_time(store: Reader, message: Message, at: datetime) -> Iterable[Document]:
    """Have the 48 hours begin when the mail leaves, at a time (UTC), if that is late: answers what to write."""
    if at - message.planned_at < LATE:
        return ()
    registration = store.get(Registration, registration_id(message.meeting, message.person))
    if registration is None or registration.expires_at is None or registration.expires_at >= at + CONFIRM_WITHIN:
        return ()
    return (registration.model_copy(update={"expires_at": at + CONFIRM_WITHIN}),)
