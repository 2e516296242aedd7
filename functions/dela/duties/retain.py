"""Retention: what is no longer needed goes by itself, and what is counted stays as numbers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.mailing.ledger import AudiencePage, AudiencePlan, Heartbeat, Message
from dela.meetings.closing import close_meetings, count_cancelled
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Query, Scalar, Transaction
from dela.store.documents import Document, instant_text

AT_ONCE = 100


def retain(ports: Ports, now: datetime) -> dict[str, int]:
    """Erase unconfirmed registrations that expired, and what is older than its time; answers counts for the log.

    Meetings are counted before their people go, cancelled ones too. Safe to run at any time, twice at once, and again
    after a crash.
    """
    close_meetings(ports, now)
    count_cancelled(ports, now)
    counts = {"expired": _erase_expired(ports, now), "erased": 0}
    for meeting in _meetings_before(ports, now - timedelta(days=ports.settings.keep_registrations_days)):
        counts["erased"] += _erase_meeting(ports, meeting, now)
    ports.store.transact(lambda store: store.put(Heartbeat(id="retention", at=now)))
    return counts


def _meetings_before(ports: Ports, moment: datetime) -> Sequence[Meeting]:
    return ports.store.query(Meeting, Query(range_field="starts_at", below=instant_text(moment), limit=1000))


def _erase_meeting(ports: Ports, meeting: Meeting, now: datetime) -> int:
    """Erase the people of an old meeting, but those who want to hear of the next one only after the longer time."""
    kept = now - meeting.ends_at < timedelta(days=ports.settings.keep_contacts_days)
    people: dict[str, Scalar] = {"meeting": meeting.id, **({"notify_next": False} if kept else {})}
    of_meeting: dict[str, Scalar] = {"meeting": meeting.id}
    return (
        _erase_all(ports, Registration, people)
        + _erase_all(ports, Message, of_meeting)
        + _erase_all(ports, AudiencePage, of_meeting)
        + _erase_all(ports, AudiencePlan, of_meeting)
    )


def _erase_all(ports: Ports, kind: type[Document], equal: Mapping[str, Scalar]) -> int:
    def work(store: Transaction) -> int:
        found = store.query(kind, Query(equal=equal, limit=AT_ONCE))
        for document in found:
            store.delete(kind, document.id)
        return len(found)

    return _until_none_left(ports, work)


def _erase_expired(ports: Ports, now: datetime) -> int:
    expired = Query(range_field="expires_at", below=instant_text(now), limit=1)

    def work(store: Transaction) -> int:
        """One person at a time, with the mails that asked them: a new sign-up starts from nothing."""
        for registration in store.query(Registration, expired):
            mails = Query(equal={"meeting": registration.meeting, "person": registration.person}, limit=AT_ONCE)
            messages = store.query(Message, mails)
            store.delete(Registration, registration.id)
            for message in messages:
                store.delete(Message, message.id)
            return 1
        return 0

    return _until_none_left(ports, work)


def _until_none_left(ports: Ports, work: Callable[[Transaction], int]) -> int:
    total = 0
    while erased := ports.store.transact(work):
        total += erased
    return total
