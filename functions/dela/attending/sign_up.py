"""Signing up: the first half of double opt-in. It answers the same whoever is registered already."""

from datetime import datetime

from dela.attending import mails
from dela.attending.registration import (
    CONFIRM_WITHIN,
    MAILS_A_DAY,
    Asked,
    Registration,
    RegistrationState,
    Wishes,
)
from dela.attending.seats import is_full
from dela.attending.standing import Closed, Standing
from dela.mailing.ledger import Message
from dela.mailing.reach import refuse_unreachable
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Reader, Transaction
from dela.store.identity import person_id, person_id_apart, person_id_of_old, registration_id, same_address


def sign_up(ports: Ports, meeting_id: str, email: str, wishes: Wishes, now: datetime) -> None:
    """Register `email` for a meeting, waiting for its confirmation, and plan the mail that asks for it.

    Someone who is confirmed already gets a mail with their own links instead; a repetition within ten minutes, or the
    sixth within a day, sends nothing. None of this can be told from the answer or the work done. Raises NotFound for
    an unknown meeting, Closed (CANCELLED, ENDED, FULL) for one that takes nobody, and Invalid for an address that no
    mail can reach.
    """
    refuse_unreachable(ports, "email", email)

    def work(store: Transaction) -> Message:
        meeting = meeting_of(store, meeting_id)
        person, known = _known(store, ports.settings.identity_key, meeting, email)
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

    Anyone can type an address: a repetition that leads to no mail changes nothing, a confirmed registration keeps what
    its owner said, and one that waits keeps what each mail asked for. The address stays as it was typed first.
    """
    if known is not None and not mailed:
        return known
    attempt = (known.attempt if known else 0) + 1
    mails = (*(known.recent_mails(now) if known else ()), now)
    if known is not None and known.confirmed:
        return known.model_copy(update={"attempt": attempt, "signup_mails": mails})
    earlier = known.asking() if known is not None and not known.expired(now) else ()
    return Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=known.email if known else email,
        attempt=attempt,
        signup_mails=mails,
        asked=(*earlier[1 - MAILS_A_DAY :], Asked(attempt=attempt, **wishes.model_dump())),
        signed_up_at=now,
        expires_at=now + CONFIRM_WITHIN,
        **wishes.model_dump(),
    )


def _known(store: Reader, key: str, meeting: Meeting, email: str) -> tuple[str, Registration | None]:
    """Whose address this is, and their registration.

    The first release folded more letters than ASCII's: who is stored under its id stays found, and who shares that id
    with somebody else's address gets an id of their own.
    """
    ids = dict.fromkeys((person_id(key, email), person_id_of_old(key, email)))
    found = {person: store.get(Registration, registration_id(meeting.id, person)) for person in ids}
    for person, known in found.items():
        if known is not None and same_address(known.email, email):
            return person, known
    free = next((person for person, known in found.items() if known is None), None)
    if free is not None:
        return free, None
    apart = person_id_apart(key, email)
    return apart, store.get(Registration, registration_id(meeting.id, apart))


def _mail_for(registration: Registration, meeting: Meeting, now: datetime) -> Message:
    confirmed = registration.state is RegistrationState.CONFIRMED
    kind = mails.ALREADY if confirmed else mails.CONFIRM
    return planned_message(
        kind, str(registration.attempt), registration.meeting, registration.person, now, meeting.ends_at
    )
