"""Delivering a page of an audience: person by person, each recorded once the server has taken the mail."""

from collections import Counter
from datetime import datetime, timedelta

from dela.attending.registration import Registration
from dela.errors import Conflict, Refused, TemporaryFailure
from dela.mail.contract import MailSession
from dela.mailing import lease, truth
from dela.mailing.audience_readers import Readers, already_recorded
from dela.mailing.deliver_message import pause_after, written
from dela.mailing.ledger import AudiencePage, Message, MessageState, message_key
from dela.mailing.pace import take_turn
from dela.mailing.wake import wake
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import is_for, reminders_of
from dela.ports import Ports

FAILURES_IN_A_ROW = 3
"""After so many the server is taken to be away: the page waits instead of postponing everybody one by one."""
SAVE_EVERY = 100
AT_A_STRETCH = timedelta(seconds=20)
"""How long one call works; then it wakes itself again. Mails that somebody waits for leave in between."""


def deliver_page(ports: Ports, id: str) -> dict[str, int]:
    """Work on the page of that id if it is due and free; answers how many mails were sent, failed and so on."""
    now = ports.clock.now()
    page = lease.take(ports.store, AudiencePage, id, now)
    if page is None:
        return {"skipped": 1}
    delivery = _PageDelivery(ports, page, now)
    delivery.run()
    return dict(delivery.counts)


class _PageDelivery:
    """One holder's work on a page, from having its lease to giving it back."""

    def __init__(self, ports: Ports, page: AudiencePage, now: datetime) -> None:
        self._ports = ports
        self._page = page
        self._recorded = already_recorded(ports, page)
        self._begun = now
        self._meant_for = page.planned_for
        self._cursor = page.cursor
        self._failures = 0
        self._unsaved = 0
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """Send until the page is done, its lease is lost, the server is away, or time or pace say to wait."""
        readers = Readers(self._ports, self._page)
        with self._ports.mail.session() as session:
            while True:
                now = self._ports.clock.now()
                if not timedelta(0) <= now - self._begun < AT_A_STRETCH:
                    return self._again_at(now)
                meeting, batch = readers.next(self._cursor, now)
                verdict = self._verdict(meeting, now)
                if verdict.drop == truth.TOO_LATE and batch:
                    if not self._give_up(readers, batch):
                        return None
                    continue
                if verdict.drop or not batch or meeting is None:
                    return self._finish(verdict.drop)
                self._meant_for = verdict.meant_for or self._page.planned_for
                again = verdict.not_before or take_turn(self._ports, len(batch), now)
                if again is not None:
                    return self._again_at(again)
                if not self._send_batch(session, meeting, readers, batch):
                    return None

    def _verdict(self, meeting: Meeting | None, now: datetime) -> truth.Verdict:
        page, settings = self._page, self._ports.settings
        reminders = reminders_of(meeting, settings.reminders, settings.zone) if meeting else []
        lead = timedelta(seconds=page.lead)
        return truth.of_audience(page.reason, page.occurrence, page.useful_until, meeting, reminders, now, lead)

    def _send_batch(self, session: MailSession, meeting: Meeting, readers: Readers, batch: list[Registration]) -> bool:
        """Send to as many of the batch as it stays fresh for; False when this holder is done with the page."""
        for registration in batch:
            now = self._ports.clock.now()
            if not readers.fresh(now):
                return True
            if not lease.may_begin(self._page, now) and not self._renew(now):
                return False
            if not self._send_to(session, meeting, registration, now):
                return False
            self._cursor = registration.person
            readers.used()
            self._unsaved += 1
            if self._unsaved >= SAVE_EVERY and not self._renew(now):
                return False
        return True

    def _send_to(self, session: MailSession, meeting: Meeting, registration: Registration, now: datetime) -> bool:
        """Send and record one mail; False when the server is away, or somebody else has recorded this mail."""
        page = self._page
        if not is_for(registration, self._meant_for) or registration.person in self._recorded:
            return True
        record = _record(page, registration, now)
        if record.id in self._ports.unrecorded:
            return self._write(record)
        try:
            session.send(written(self._ports, record.id, page.reason, meeting, registration, now))
            self._server_is_there()
        except Refused as refusal:
            record = record.model_copy(update={"state": MessageState.FAILED, "sent_at": None, "outcome": str(refusal)})
        except TemporaryFailure as failure:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._server_is_away(now, str(failure))
                return False
            record = _postponed(record, now, str(failure))
        return self._write(record)

    def _write(self, record: Message) -> bool:
        try:
            self._ports.store.create(record)
        except Conflict:
            return False
        except TemporaryFailure:
            if record.state is MessageState.SENT:
                self._ports.unrecorded.add(record.id)
            raise
        self._ports.unrecorded.discard(record.id)
        self.counts[record.state.value] += 1
        if record.due_at is not None:
            wake(self._ports, record, record.due_at)
        return True

    def _give_up(self, readers: Readers, batch: list[Registration]) -> bool:
        """Record for each that it is too late, so that it is seen; False when somebody else does so already."""
        state, outcome = MessageState.DROPPED, truth.TOO_LATE
        if self._page.attempts:
            state, outcome = MessageState.FAILED, self._page.outcome
        for registration in batch:
            if is_for(registration, self._meant_for) and registration.person not in self._recorded:
                end = {"state": state, "sent_at": None, "outcome": outcome}
                if not self._write(_record(self._page, registration, self._begun).model_copy(update=end)):
                    return False
            self._cursor = registration.person
            readers.used()
        return True

    def _renew(self, now: datetime) -> bool:
        kept = lease.keep(self._ports.store, self._progress(), now)
        if kept is None:
            return False
        self._page, self._unsaved = kept, 0
        return True

    def _progress(self) -> AudiencePage:
        return self._page.model_copy(update={"cursor": self._cursor})

    def _server_is_there(self) -> None:
        self._failures = 0
        if self._page.attempts:
            self._page = self._page.model_copy(update={"attempts": 0, "outcome": ""})

    def _server_is_away(self, now: datetime, outcome: str) -> None:
        attempts = self._page.attempts + 1
        self._page = self._page.model_copy(update={"attempts": attempts, "outcome": outcome})
        self._again_at(now + pause_after(attempts, self._page.useful_until - now))

    def _finish(self, drop: str) -> None:
        """A finished page names nobody: its cursor is a person's id, who may be erased before the page is."""
        done = self._page.model_copy(update={"outcome": drop, "cursor": ""})
        lease.release(self._ports.store, done, None)

    def _again_at(self, at: datetime) -> None:
        released = lease.release(self._ports.store, self._progress(), at)
        if released is not None:
            wake(self._ports, released, at)


def _record(page: AudiencePage, registration: Registration, now: datetime) -> Message:
    return Message(
        id=message_key(page.reason, page.occurrence, page.meeting, registration.person),
        reason=page.reason,
        occurrence=page.occurrence,
        meeting=page.meeting,
        person=registration.person,
        page=page.id,
        state=MessageState.SENT,
        planned_at=page.planned_for,
        sent_at=now,
        due_at=None,
        useful_until=page.useful_until,
    )


def _postponed(record: Message, now: datetime, outcome: str) -> Message:
    pause = pause_after(1, record.useful_until - now)
    later = {"due_at": now + pause, "sent_at": None, "outcome": outcome, "attempts": 1}
    return record.model_copy(update={"state": MessageState.PLANNED, **later})
