"""The mail with the personal links once more, for who has lost it."""

from datetime import datetime

from dela.attending import mails
from dela.attending.confirm import registration_of
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction


def mail_again(ports: Ports, id: str, now: datetime) -> None:
    """Plan the mail that tells a registered person of their place and links. Raises NotFound.

    At most one in ten minutes: the minute's tenth is the occurrence.
    """

    def work(store: Transaction) -> Message:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        occurrence = f"again{int(now.timestamp()) // 600}"
        message = planned_message(
            mails.AGAIN, occurrence, registration.meeting, registration.person, now, meeting.ends_at
        )
        known = store.get(Message, message.id)
        if known is None:
            store.create(message)
        return known or message

    wake(ports, ports.store.transact(work))
