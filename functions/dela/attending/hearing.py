"""Waiting for the next meeting where none is planned: leave an address, confirm it, take a place, be forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.attending.confirm import confirm
from dela.attending.hear_mails import HEAR_ALREADY, HEAR_CONFIRM
from dela.attending.listener import Listener, ListenerState
from dela.attending.registration import CONFIRM_WITHIN, Registration, Wishes
from dela.attending.sign_up import refuse_if_closed
from dela.errors import Expired, NotFound
from dela.mailing.duty import DAILY, Duty
from dela.mailing.ledger import Message
from dela.mailing.to_person import planned_message
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reading import meeting_of
from dela.meetings.retention import AT_ONCE, until_none_left
from dela.ports import Ports
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import instant_text
from dela.store.identity import person_id, registration_id


def ask_to_hear(ports: Ports, email: str, wishes: Wishes, now: datetime) -> None:
    """Keep an address until it is confirmed, and plan the mail that asks; who waits already is mailed that they do.

    The work and the answer are the same for both; a repetition within ten minutes, or the sixth within a day, sends
    nothing.
    """
    person = person_id(ports.settings.identity_key, email)

    def work(store: Transaction) -> Message:
        known = store.get(Listener, person)
        mailed = known is None or known.expired(now) or known.may_be_mailed(now)
        listener = _asked(known, person, email, wishes, now, mailed)
        kind = HEAR_ALREADY if listener.confirmed else HEAR_CONFIRM
        message = planned_message(kind, str(listener.attempt), person, person, now, now + CONFIRM_WITHIN)
        store.put(listener)
        if mailed:
            store.create(message)
        else:
            store.put(listener)  # as many writes as with a mail, so that the time taken tells nothing
        return message

    wake(ports, ports.store.transact(work))


def _asked(known: Listener | None, person: str, email: str, wishes: Wishes, now: datetime, mailed: bool) -> Listener:
    """The listener after this; a confirmed one keeps what its owner said, because anyone can type an address."""
    attempt = (known.attempt if known else 0) + mailed
    mails = (*(known.recent_mails(now) if known else ()), *((now,) if mailed else ()))
    if known is not None and known.confirmed:
        return known.model_copy(update={"attempt": attempt, "mailed_at": mails})
    return Listener(
        id=person,
        person=person,
        email=email,
        attempt=attempt,
        mailed_at=mails,
        asked_at=now,
        expires_at=now + CONFIRM_WITHIN if mailed or known is None else known.expires_at,
        **wishes.model_dump(),
    )


def listener_of(store: Reader, id: str, now: datetime) -> Listener:
    """The listener of that id. Raises NotFound if it was erased, Expired if it was not confirmed in time."""
    listener = store.get(Listener, id)
    if listener is None:
        raise NotFound("no such listener")
    if listener.expired(now):
        raise Expired("not confirmed in time")
    return listener


def confirm_hearing(ports: Ports, id: str, now: datetime) -> Listener:
    """Confirm that the address is its owner's; a second time changes nothing. Raises NotFound and Expired."""

    def work(store: Transaction) -> Listener:
        listener = listener_of(store, id, now)
        if listener.confirmed:
            return listener
        update = {"state": ListenerState.CONFIRMED, "confirmed_at": now, "expires_at": None}
        confirmed = listener.model_copy(update=update)
        store.put(confirmed)
        return confirmed

    return ports.store.transact(work)


def take_place(ports: Ports, id: str, meeting_id: str, now: datetime) -> Registration:
    """Register a listener for a meeting with one press: the link has proven the address.

    Raises NotFound, Expired, and Closed (CANCELLED, ENDED, FULL). The listener stays until it goes by itself, so that
    the link can be pressed again.
    """

    def work(store: Transaction) -> str:
        listener, meeting = listener_of(store, id, now), meeting_of(store, meeting_id)
        there = store.get(Registration, registration_id(meeting.id, listener.person))
        refuse_if_closed(meeting, now)
        if there is not None and there.confirmed:
            return there.id
        registration = Registration(
            id=registration_id(meeting.id, listener.person),
            meeting=meeting.id,
            attempt=there.attempt + 1 if there else 1,
            signed_up_at=now,
            expires_at=now + CONFIRM_WITHIN,
            **listener.model_dump(
                include={"person", "email", "name", "organisation", "municipality", "language", "notify_next"}
            ),
        )
        store.put(registration)
        return registration.id

    return confirm(ports, ports.store.transact(work), now)


def forget(ports: Ports, id: str) -> None:
    """Erase a listener and the mails about waiting; a second time changes nothing."""

    def work(store: Transaction) -> int:
        return _forget(store, id)

    ports.store.transact(work)


def forget_expired(ports: Ports, now: datetime) -> int:
    """Erase everyone who did not confirm in time; answers how many."""
    expired = Query(range_field="expires_at", below=instant_text(now), limit=1)

    def work(store: Transaction) -> int:
        return sum(_forget(store, each.id) for each in store.query(Listener, expired))

    return until_none_left(ports, work)


def forget_told(ports: Ports, now: datetime) -> int:
    """Erase everyone whose next meeting has been held, or who waited longer than contacts are kept."""
    last = _last_held(ports, now)
    longest = timedelta(days=ports.settings.keep_contacts_days)
    waiting = ports.store.query(
        Listener, Query(equal={"state": ListenerState.CONFIRMED}, range_field="person", limit=1000)
    )
    done = [
        each.id
        for each in waiting
        if each.confirmed_at is not None
        and ((last is not None and each.confirmed_at < last.created_at) or now - each.confirmed_at > longest)
    ]
    for id in done:
        forget(ports, id)
    return len(done)


def _last_held(ports: Ports, now: datetime) -> Meeting | None:
    """The meeting that was planned last among those that were held in the last months."""
    since = instant_text(now - timedelta(days=200))
    query = Query(equal={"state": MeetingState.CLOSED}, range_field="starts_at", at_least=since, limit=100)
    held = [each for each in ports.store.query(Meeting, query) if each.ends_at <= now]
    return max(held, key=lambda each: each.created_at, default=None)


def _forget(store: Transaction, id: str) -> int:
    messages = store.query(Message, Query(equal={"meeting": id, "person": id}, limit=AT_ONCE))
    store.delete(Listener, id)
    for message in messages:
        store.delete(Message, message.id)
    return 1


def _next_expiry(ports: Ports, now: datetime) -> Iterator[datetime]:
    expiring = Query(range_field="expires_at", at_least=instant_text(now), limit=1)
    for listener in ports.store.query(Listener, expiring):
        if listener.expires_at is not None:
            yield listener.expires_at + timedelta(microseconds=1)


FORGET_LISTENERS = Duty(
    name="forget_listeners",
    rhythms=(DAILY,),
    irreversible=True,
    run=lambda ports, now: {"forgotten": forget_expired(ports, now) + forget_told(ports, now)},
    moments=_next_expiry,
)
