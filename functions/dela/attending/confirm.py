"""Confirming a registration: the second half of double opt-in, and the moment at which a seat is taken."""

from datetime import datetime

from dela.attending import mails
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seats import is_full
from dela.attending.sign_up import refuse_if_closed
from dela.attending.standing import Closed, Standing, of_registration
from dela.attending.take_seat import Search, with_a_seat
from dela.errors import Expired, NotFound, Unreadable
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reading import meeting_of, open_meetings
from dela.ports import Ports
from dela.store.contract import Reader, Transaction
from dela.store.identity import registration_id


def confirm(ports: Ports, id: str, now: datetime, attempt: int | None = None) -> Registration:
    """Confirm the registration of that id and plan the mail with everything in it; a second time changes nothing.

    What the sign-up of this attempt said is confirmed, whatever others have typed since (`Registration.as_asked`).
    Raises NotFound, Expired after 48 hours, and Closed (LEFT, CANCELLED, ENDED, FULL).
    """

    def work(store: Transaction, search: Search) -> tuple[Registration, Message | None]:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        if registration.confirmed:
            return registration, None
        _refuse_to_confirm(registration, meeting, now, search)
        return _take_seat(store, search, _asked(registration, attempt), meeting, now)

    return _after(ports, with_a_seat(ports, work))


def confirm_for_next(ports: Ports, id: str, now: datetime, attempt: int | None = None) -> Registration:
    """Take a seat at the next meeting instead, for someone whose own meeting is full, cancelled or over.

    The address is proven by the link, so that it is confirmed at once. Full meetings are passed over. Raises NotFound
    for no such registration, Expired, and Closed: with where they stand if that is no reason (any more) to go
    elsewhere, such as LEFT, or with FULL if no meeting has a seat.
    """
    full = is_full(ports.store, meeting_of(ports.store, registration_of(ports.store, id).meeting))

    def work(store: Transaction, search: Search) -> tuple[Registration, Message | None]:
        registration = registration_of(store, id)
        meeting = meeting_of(store, registration.meeting)
        _refuse_to_go_elsewhere(registration, meeting, now, full)
        registration = _asked(registration, attempt)
        others = [meeting for meeting in open_meetings(store, now) if meeting.id != registration.meeting]
        for other in others:
            try:
                there = store.get(Registration, registration_id(other.id, registration.person))
            except Unreadable:
                continue
            if there is not None and there.confirmed:
                return there, None
            if not search.found_full(other):
                return _take_seat(store, search, _moved(registration, other, there, now), other, now)
        raise Closed(Standing.FULL)

    return _after(ports, with_a_seat(ports, work))


def registration_of(store: Reader, id: str) -> Registration:
    """The registration of that id. Raises NotFound: it was erased."""
    registration = store.get(Registration, id)
    if registration is None:
        raise NotFound("no such registration")
    return registration


def _asked(registration: Registration, attempt: int | None) -> Registration:
    """The registration with what the sign-up of an attempt said. Raises Expired for one that is known no more."""
    asked = registration if registration.confirmed else registration.as_asked(attempt)
    if asked is None:
        raise Expired("a sign-up that others have followed")
    return asked


def _refuse_to_go_elsewhere(registration: Registration, meeting: Meeting, now: datetime, full: bool) -> None:
    if registration.state is RegistrationState.LEFT:
        raise Closed(Standing.LEFT)
    standing = of_registration(registration, meeting, now, lambda: full)
    if standing not in (Standing.FULL, Standing.CANCELLED, Standing.ENDED):
        raise Closed(standing)
    if registration.expired(now):
        raise Expired("not confirmed in time")


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


def _refuse_to_confirm(registration: Registration, meeting: Meeting, now: datetime, search: Search) -> None:
    if registration.state is RegistrationState.LEFT:
        raise Closed(Standing.LEFT)
    refuse_if_closed(meeting, now)
    if registration.expired(now):
        raise Expired("not confirmed in time")
    if search.found_full(meeting):
        raise Closed(Standing.FULL)


def _take_seat(
    store: Transaction, search: Search, registration: Registration, meeting: Meeting, now: datetime
) -> tuple[Registration, Message]:
    seat = search.seat_at(meeting, registration.person)
    taken = {"state": RegistrationState.CONFIRMED, "confirmed_at": now, "seat": seat.number if seat else None}
    confirmed = registration.model_copy(update={**taken, "expires_at": None, "asked": ()})
    message = planned_message(
        mails.CONFIRMED, str(confirmed.attempt), confirmed.meeting, confirmed.person, now, meeting.ends_at
    )
    if seat is not None:
        store.create(seat)
    store.put(confirmed)
    store.create(message)
    return confirmed, message


def _after(ports: Ports, outcome: tuple[Registration, Message | None]) -> Registration:
    registration, message = outcome
    if message is not None:
        wake(ports, message)
    return registration
