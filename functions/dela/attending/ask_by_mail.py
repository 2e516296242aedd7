"""Asking for a link: who holds a page that may have been passed on gets more by a mail to its owner only."""

from datetime import datetime, timedelta

from dela.attending import mails
from dela.attending.confirm import registration_of
from dela.attending.links import OWN_DATA_WITHIN
from dela.errors import Unreadable
from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.ports import Ports
from dela.store.contract import Transaction

PAUSE = timedelta(minutes=10)
"""Who asks again so soon has the mail that is on its way."""
ASKED_A_DAY = 6
"""So many mails of a kind a day (UTC) can be asked for by a registration's links, whoever holds them."""


def ask_for_own_data(ports: Ports, id: str, now: datetime) -> None:
    """Plan a mail with a fresh link, because the mails that hold the usual one get passed on. Raises NotFound."""
    _ask(ports, mails.OWN_DATA, id, now, OWN_DATA_WITHIN)


def ask_for_manage_link(ports: Ports, id: str, now: datetime) -> None:
    """Plan a mail with the link to what the owner may do with their registration. Raises NotFound."""
    _ask(ports, mails.MANAGE, id, now, timedelta(days=1))


def _ask(ports: Ports, kind: MailKind, id: str, now: datetime, useful: timedelta) -> None:
    def work(store: Transaction) -> Message | None:
        registration = registration_of(store, id)
        for number in range(ASKED_A_DAY):
            occurrence = f"{now:%Y%m%d}-{number}"
            message = planned_message(kind, occurrence, registration.meeting, registration.person, now, now + useful)
            try:
                known = store.get(Message, message.id)
            except Unreadable:
                continue
            if known is None:
                store.create(message)
                return message
            if now - known.planned_at < PAUSE:
                return known
        return None

    message = ports.store.transact(work)
    if message is not None:
        wake(ports, message)
