"""Leaving a meeting."""

from datetime import datetime

from dela.attending import mails
from dela.attending.confirm import registration_of
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seat import Seat, seat_id
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction


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
            message = planned_message(mails.LEFT, str(left.attempt), left.meeting, left.person, now, meeting.ends_at)
            store.put(message)
        store.put(left)
        if registration.seat is not None:
            store.delete(Seat, seat_id(registration.meeting, registration.seat))
        return left, message

    registration, message = ports.store.transact(work)
    if message is not None:
        wake(ports, message)
    return registration


def _left(registration: Registration, now: datetime, by_mail_program: bool) -> dict[str, object]:
    """What leaving changes. The pause between sign-up mails ends: who changes their mind is answered at once."""
    return {
        "state": RegistrationState.LEFT,
        "left_at": now,
        "expires_at": None,
        "mailed_at": None,
        "signup_mails": (),
        "asked": (),
        "seat": None,
        "notify_next": registration.notify_next and not by_mail_program,
    }
