"""Signing up: the first half of double opt-in. It answers the same whoever is registered already."""

from datetime import datetime

from dela.attending import mails
from dela.attending.limits import limit_of
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
from dela.errors import Unreadable
from dela.mailing.ledger import Message
from dela.mailing.reach import refuse_unreachable
from dela.mailing.to_person import planned_message
from dela.mailing.unproven import Origin, cause_of
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.store.contract import Reader, Transaction
from dela.store.identity import person_id, person_id_apart, person_id_of_old, registration_id, same_address

UNKNOWN = Origin()


def sign_up(ports: Ports, meeting_id: str, email: str, wishes: Wishes, now: datetime, origin: Origin = UNKNOWN) -> None:
    """Register `email` for a meeting, waiting for its confirmation, and plan the mail that asks for it.

    Someone who is confirmed already gets a mail with their own links instead; a repetition within ten minutes, or the
    sixth within a day to one mailbox, for whatever meeting, sends and changes nothing. None of this can be told from
    the answer or the work done. `origin` is where the sign-up came from. A registration that can't be read stays as it
    is, for a program that can. Raises NotFound for an unknown meeting, Closed (CANCELLED, ENDED, FULL) for one that
    takes nobody, and Invalid for an address that no mail can reach.
    """
    refuse_unreachable(ports, "email", email)
    key = ports.settings.identity_key
    meeting = meeting_of(ports.store, meeting_id)
    refuse_if_closed(meeting, now)
    if is_full(ports.store, meeting):
        raise Closed(Standing.FULL)

    # What is read of the meeting informs: confirming decides, and the mail looks again when it leaves. In here it
    # would only make many who sign up at once wait for each other.
    def work(store: Transaction) -> Message | None:
        try:
            person, known = _known(store, key, meeting, email)
        except Unreadable:
            return None
        limit = limit_of(store, key, email, now, known.signup_mails if known else ())
        registration = _signed_up(known, meeting, person, email, wishes, now)
        message = _mail_for(registration, meeting, now)
        repeated = known is not None and not known.expired(now) and known.mailed_just_now(now)
        if limit.allows_another() and not repeated:
            store.put(registration)
            store.create(message)
            store.put(cause_of(ports, message, origin, now))
            store.put(limit.with_one_more(now))
        else:
            for unchanged in (known or limit, known or limit, limit, limit):
                store.put(unchanged)  # as many writes as with a mail, so that the time taken tells nothing
        return message

    message = ports.store.transact(work)
    if message is not None:
        wake(ports, message)


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
) -> Registration:
    """The registration after this sign-up, if it leads to a mail.

    Anyone can type an address: a confirmed registration keeps what its owner said, and one that waits keeps what each
    mail asked for. The address stays as it was typed first.
    """
    attempt = (known.attempt if known else 0) + 1
    if known is not None and known.confirmed:
        return known.model_copy(update={"attempt": attempt, "mailed_at": now, "signup_mails": ()})
    earlier = known.asking() if known is not None and not known.expired(now) else ()
    return Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=known.email if known else email,
        attempt=attempt,
        mailed_at=now,
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
