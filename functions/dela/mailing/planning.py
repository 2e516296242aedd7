"""Planning a mail to one person, inside the transaction that causes it."""

from datetime import datetime

from dela.attending.registration import Registration
from dela.mailing.ledger import Message, Reason, message_key


def planned_message(
    reason: Reason, occurrence: str, registration: Registration, now: datetime, useful_until: datetime
) -> Message:
    """A message that is due at once; create it in the transaction that changes the registration."""
    return Message(
        id=message_key(reason, occurrence, registration.meeting, registration.person),
        reason=reason,
        occurrence=occurrence,
        meeting=registration.meeting,
        person=registration.person,
        planned_at=now,
        due_at=now,
        useful_until=useful_until,
    )
