"""Confirming a registration: the second half of double opt-in, and the moment at which a seat is taken."""

from datetime import datetime

from dela.attending import mails
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seats import is_full
from dela.attending.sign_up import refuse_if_closed
from dela.attending.standing import Closed, Standing
from dela.errors import Expired, NotFound
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of, open_meetings
from dela.ports import Ports
from dela.store.contract import Reader, Transaction
from dela.store.identity import registration_id


def confirm(ports: Ports, id: str, now: datetime) -> Registration:
    """Confirm the registration of that id and plan the mail with everything in it; a second time changes nothing.

    Raises NotFound, Expired after 48 hours, and Closed (LEFT, CANCELLED, ENDED, FULL).
    """

    def work(store: Transaction) -> tuple[Registration, Message | None]:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        if registration.confirmed:
            return registration, None
        _refuse_to_confirm(store, registration, meeting, now)
        return _take_seat(store, registration, meeting, now)

    return _after(ports, ports.store.transact(work))


def confirm_for_next(ports: Ports, id: str, now: datetime) -> Registration:
    """Take a seat at the next meeting instead, for someone whose own meeting is full, cancelled or over.

    The address is proven by the link, so that it is confirmed at once. Full meetings are passed over. Raises NotFound
    for no such registration, and Closed (FULL) if no meeting has a seat.
    """

    def work(store: Transaction) -> tuple[Registration, Message | None]:
        registration = registration_of(store, id)
        others = [meeting for meeting in open_meetings(store, now) if meeting.id != registration.meeting]
        for meeting in others:
            there = store.get(Registration, registration_id(meeting.id, registration.person))
            if there is not None and there.confirmed:
                return there, None
            if not is_full(store, meeting):
                return _take_seat(store, _moved(registration, meeting, there, now), meeting, now)
        raise Closed(Standing.FULL)

    return _after(ports, ports.store.transact(work))


def registration_of(store: Reader, id: str) -> Registration:
    """The registration of that id. Raises NotFound: it was erased."""
    registration = store.get(Registration, id)
    if registration is None:
        raise NotFound("no such registration")
    return registration


def _moved(registration: Registration, meeting: Meeting, there: Registration | None, now: datetime) -> Registration:
    """The same person at another meeting, where they may have been before."""
    return Registration(
        id=registration_id(meeting.id, registration.person),
        meeting=meeting.id,
        attempt=there.attempt + 1 if there else 1,
        signed_up_at=now,
        **registration.model_dump(
            include={"person", "email", "name", "organisation", "municipality", "language", "notify_next"}
        ),
    )


def _refuse_to_confirm(store: Transaction, registration: Registration, meeting: Meeting, now: datetime) -> None:
    if registration.state is RegistrationState.LEFT:
        raise Closed(Standing.LEFT)
    refuse_if_closed(meeting, now)
    if registration.expired(now):
        raise Expired("not confirmed in time")
    if is_full(store, meeting):
        raise Closed(Standing.FULL)


def _take_seat(
    store: Transaction, registration: Registration, meeting: Meeting, now: datetime
) -> tuple[Registration, Message]:
    confirmed = registration.model_copy(
        update={"state": RegistrationState.CONFIRMED, "confirmed_at": now, "expires_at": None}
    )
    message = planned_message(
        mails.CONFIRMED, str(confirmed.attempt), confirmed.meeting, confirmed.person, now, meeting.ends_at
    )
    store.put(confirmed)
    store.create(message)
    return confirmed, message


def _after(ports: Ports, outcome: tuple[Registration, Message | None]) -> Registration:
    registration, message = outcome
    if message is not None:
        wake(ports, message)
    return registration
