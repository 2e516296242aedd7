"""Planning a mail to one person, inside the transaction that causes it."""

from datetime import datetime

from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message, message_key


def planned_message(
    kind: MailKind,
    occurrence: str,
    meeting: str,
    person: str,
    now: datetime,
    useful_until: datetime,
    *,
    about: str = "",
    due_at: datetime | None = None,
) -> Message:
    """A message that is due at once, or at a time; create it in the transaction that changes what it tells of.

    `about` is the id of what it is about, where that is not the meeting but something of it.
    """
    return Message(
        id=message_key(kind.name, occurrence, meeting, person),
        reason=kind.name,
        occurrence=occurrence,
        meeting=meeting,
        person=person,
        planned_at=now,
        due_at=due_at or now,
        useful_until=useful_until,
        about=about,
        unproven=kind.unproven,
    )
