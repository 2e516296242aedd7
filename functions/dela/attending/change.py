"""What a registered person does to their own registration: change it, leave, or ask for a fresh link."""

from datetime import datetime, timedelta

from dela.attending.confirm import registration_of
from dela.attending.registration import Registration, RegistrationState, Wishes
from dela.errors import Conflict
from dela.mailing.ledger import Message, Reason
from dela.mailing.planning import planned_message
from dela.mailing.wake import wake
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction

OWN_DATA_LINK = timedelta(hours=1)


def change_wishes(ports: Ports, id: str, wishes: Wishes) -> Registration:
    """Store what a person says of themselves now. Raises NotFound, and Conflict ("left") for who has left."""

    def work(store: Transaction) -> Registration:
        registration = registration_of(store, id)
        if registration.state is RegistrationState.LEFT:
            raise Conflict("left")
        changed = registration.model_copy(update=wishes.model_dump())
        store.put(changed)
        return changed

    return ports.store.transact(work)


def leave(ports: Ports, id: str, now: datetime, *, by_mail_program: bool = False) -> Registration:
    """Leave a meeting: no further mail but the one that takes it out of the calendar; a second time changes nothing.

    `by_mail_program` is the one-click unsubscription (RFC 8058), which is answered by no mail at all and withdraws
    the wish to hear of the next meeting as well. Raises NotFound.
    """

    def work(store: Transaction) -> tuple[Registration, Message | None]:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        if registration.state is RegistrationState.LEFT:
            return registration, None
        left = registration.model_copy(update=_left(registration, now, by_mail_program))
        message = None
        if registration.confirmed and not by_mail_program and not meeting.cancelled and now < meeting.ends_at:
            message = planned_message(Reason.LEFT, str(left.attempt), left, now, meeting.ends_at)
            store.put(message)
        store.put(left)
        return left, message

    registration, message = ports.store.transact(work)
    if message is not None:
        wake(ports, message)
    return registration


def ask_for_own_data(ports: Ports, id: str, now: datetime) -> None:
    """Plan a mail with a fresh link, because the mails that hold the usual one get passed on. Raises NotFound.

    At most one in ten minutes: the minute's tenth is the occurrence.
    """

    def work(store: Transaction) -> Message:
        registration = registration_of(store, id)
        occurrence = str(int(now.timestamp()) // 600)
        message = planned_message(Reason.OWN_DATA, occurrence, registration, now, now + OWN_DATA_LINK)
        known = store.get(Message, message.id)
        if known is None:
            store.create(message)
        return known or message

    wake(ports, ports.store.transact(work))


def _left(registration: Registration, now: datetime, by_mail_program: bool) -> dict[str, object]:
    """What leaving changes. The pause between sign-up mails ends: who changes their mind is answered at once."""
    return {
        "state": RegistrationState.LEFT,
        "left_at": now,
        "expires_at": None,
        "signup_mails": (),
        "notify_next": registration.notify_next and not by_mail_program,
    }
