"""Signing up: the first half of double opt-in. It answers the same whoever is registered already."""

from datetime import datetime

from dela.attending import mails
from dela.attending.registration import CONFIRM_WITHIN, Registration, RegistrationState, Wishes
from dela.attending.seats import is_full
from dela.attending.standing import Closed, Standing
from dela.mailing.ledger import Message
from dela.mailing.reach import refuse_unreachable
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Transaction
from dela.store.identity import person_id, registration_id


def sign_up(ports: Ports, meeting_id: str, email: str, wishes: Wishes, now: datetime) -> None:
    """Register `email` for a meeting, waiting for its confirmation, and plan the mail that asks for it.

    Someone who is confirmed already gets a mail with their own links instead; a repetition within ten minutes, or the
    sixth within a day, sends nothing. None of this can be told from the answer or the work done. Raises NotFound for
    an unknown meeting, Closed (CANCELLED, ENDED, FULL) for one that takes nobody, and Invalid for an address that no
    mail can reach.
    """
    refuse_unreachable(ports, "email", email)
    person = person_id(ports.settings.identity_key, email)

    def work(store: Transaction) -> Message:
        meeting = meeting_of(store, meeting_id)
        known = store.get(Registration, registration_id(meeting.id, person))
        refuse_if_closed(meeting, now)
        if is_full(store, meeting):
            raise Closed(Standing.FULL)
        mailed = known is None or known.expired(now) or known.may_be_mailed(now)
        registration = _signed_up(known, meeting, person, email, wishes, now, mailed)
        message = _mail_for(registration, meeting, now)
        store.put(registration)
        if mailed:
            store.create(message)
        else:
            store.put(registration)  # as many writes as with a mail, so that the time taken tells nothing
        return message

    wake(ports, ports.store.transact(work))


def refuse_if_closed(meeting: Meeting, now: datetime) -> None:
    """Raise Closed (CANCELLED or ENDED) if the meeting takes nobody any more."""
    if not meeting.takes_registrations(now):
        raise Closed(Standing.CANCELLED if meeting.cancelled else Standing.ENDED)


def _signed_up(
    known: Registration | None,
    meeting: Meeting,
    person: str,
    email: str,
    wishes: Wishes,
    now: datetime,
    mailed: bool,
) -> Registration:
    """The registration after this sign-up.

    A confirmed one keeps what its owner said, because anyone can type an address; one that was left stays so until a
    mail can ask.
    """
    attempt = (known.attempt if known else 0) + mailed
    mails = (*(known.recent_mails(now) if known else ()), *((now,) if mailed else ()))
    if known is not None and (known.confirmed or (known.state is RegistrationState.LEFT and not mailed)):
        return known.model_copy(update={"attempt": attempt, "signup_mails": mails})
    return Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=email,
        attempt=attempt,
        signup_mails=mails,
        signed_up_at=now,
        expires_at=now + CONFIRM_WITHIN if mailed or known is None else known.expires_at,
        **wishes.model_dump(),
    )


def _mail_for(registration: Registration, meeting: Meeting, now: datetime) -> Message:
    confirmed = registration.state is RegistrationState.CONFIRMED
    kind = mails.ALREADY if confirmed else mails.CONFIRM
    return planned_message(
        kind, str(registration.attempt), registration.meeting, registration.person, now, meeting.ends_at
    )
