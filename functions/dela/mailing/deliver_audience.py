"""Delivering a page of an audience: person by person, each recorded once the server has taken the mail."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from dela.errors import Conflict, Refused, TemporaryFailure, Unreadable
from dela.mail.contract import MailSession
from dela.mailing import lease
from dela.mailing.audience_readers import Readers, already_recorded
from dela.mailing.believing import believed
from dela.mailing.deliver_message import kind_of, pause_after, written
from dela.mailing.kinds import TOO_LATE, Addressee, Audience, MailKind, Occasion, Verdict
from dela.mailing.ledger import AudiencePage, Message, MessageState, message_key
from dela.mailing.pace import take_turn
from dela.mailing.wake import wake
from dela.ports import Ports

FAILURES_IN_A_ROW = 3
"""After so many the server is taken to be away: the page waits instead of postponing everybody one by one."""
SAVE_EVERY = 100
AT_A_STRETCH = timedelta(seconds=20)
"""How long one call works; then it wakes itself again. Mails that somebody waits for leave in between."""


class Stop(StrEnum):
    """Why a holder's work on a page ends."""

    DONE = "done"
    LEASE_LOST = "lease_lost"
    TAKEN_OVER = "taken_over"
    SERVER_AWAY = "server_away"
    WAITS = "waits"


def deliver_audience(ports: Ports, id: str) -> dict[str, int]:
    """Work on the page of that id if it is due and free; answers how many mails were sent, failed and so on."""
    now = ports.clock.now()
    page = lease.take(ports.store, AudiencePage, id, now)
    if page is None:
        return {"skipped": 1}
    kind = kind_of(ports, page.reason)
    if kind is None or kind.audience is None:
        return {"unknown": 1}
    work = _PageWork(ports, page, kind, kind.audience, now)
    work.run()
    return dict(work.counts)


class _PageWork:
    """One holder's work on a page, from having its lease to giving it back.

    What a step answers is the Stop that ends the work; None: go on.
    """

    def __init__(self, ports: Ports, page: AudiencePage, kind: MailKind, audience: Audience, now: datetime) -> None:
        self._ports, self._page, self._kind, self._audience = ports, page, kind, audience
        self._readers = Readers(ports, page, audience, kind.matter)
        self._recorded = already_recorded(ports, page)
        self._begun = now
        self._meant_for = page.planned_for
        self._cursor = page.cursor
        self._failures = 0
        self._unsaved = 0
        self.counts: Counter[str] = Counter()

    def run(self) -> Stop:
        """Send until the page is done, its lease is lost, the server is away, or time or pace say to wait."""
        with self._ports.mail.session() as session:
            while True:
                stop = self._step(session, self._ports.clock.now())
                if stop is not None:
                    return stop

    def _step(self, session: MailSession, now: datetime) -> Stop | None:
        """Read some people and do what is true for them at this moment."""
        if not timedelta(0) <= now - self._begun < AT_A_STRETCH:
            return self._again_at(now)
        try:
            matter, people = self._readers.next(self._cursor, now)
        except Unreadable as error:
            return self._server_is_away(now, str(error))
        verdict = self._verdict(matter, now)
        if verdict.not_before is not None:
            return self._again_at(verdict.not_before)
        if (verdict.drop == TOO_LATE or not people) and not believed(self._ports, now):
            return self._wait_for_the_clock()
        if verdict.drop == TOO_LATE and people:
            return self._give_up(people)
        if verdict.drop or not people:
            return self._finish(verdict.drop)
        self._meant_for = verdict.meant_for or self._page.planned_for
        again = take_turn(self._ports, len(people), now)
        return self._again_at(again) if again is not None else self._send_some(session, matter, people)

    def _verdict(self, matter: Any, now: datetime) -> Verdict:
        page, lead = self._page, timedelta(seconds=self._page.lead)
        return self._kind.judged(matter, Occasion(page.occurrence, page.useful_until, now, self._ports.settings, lead))

    def _send_some(self, session: MailSession, matter: Any, people: Sequence[Addressee]) -> Stop | None:
        """Send to as many of them as what was read stays fresh for."""
        for addressee in people:
            now = self._ports.clock.now()
            if not self._readers.fresh(now):
                return None
            stop = None if lease.may_begin(self._page, now) else self._renew(now)
            stop = stop or self._send_to(session, matter, addressee, now)
            if stop is not None:
                return stop
            self._past(addressee)
            if self._unsaved >= SAVE_EVERY and (stop := self._renew(now)) is not None:
                return stop
        return None

    def _send_to(self, session: MailSession, matter: Any, addressee: Addressee, now: datetime) -> Stop | None:
        """Send and record one mail."""
        if not self._is_for(addressee):
            return None
        record = _record(self._page, addressee.person, now)
        if record.id in self._ports.unrecorded:
            return self._write(record)
        try:
            session.send(written(self._ports, record.id, self._kind, matter, addressee, now))
            self._server_is_there()
        except Refused as refusal:
            record = record.model_copy(update={"state": MessageState.FAILED, "sent_at": None, "outcome": str(refusal)})
        except TemporaryFailure as failure:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                return self._server_is_away(now, str(failure))
            record = _postponed(record, now, str(failure))
        return self._write(record)

    def _is_for(self, addressee: Addressee) -> bool:
        """Whether the mail reaches this one, no other mail does, and no earlier holder recorded it."""
        if addressee.person in self._recorded or addressee.person in self._readers.spared:
            return False
        return self._audience.includes(addressee, self._meant_for)

    def _write(self, record: Message) -> Stop | None:
        try:
            self._ports.store.create(record)
        except Conflict:
            return Stop.TAKEN_OVER
        except TemporaryFailure:
            if record.state is MessageState.SENT:
                self._ports.unrecorded.add(record.id)
            raise
        self._ports.unrecorded.discard(record.id)
        self.counts[record.state.value] += 1
        if record.due_at is not None:
            wake(self._ports, record, record.due_at)
        return None

    def _give_up(self, people: Sequence[Addressee]) -> Stop | None:
        """Record for each of them that it is too late, so that it is seen."""
        state, outcome = MessageState.DROPPED, TOO_LATE
        if self._page.attempts:
            state, outcome = MessageState.FAILED, self._page.outcome
        for addressee in people:
            if self._is_for(addressee):
                end = {"state": state, "sent_at": None, "outcome": outcome}
                stop = self._write(_record(self._page, addressee.person, self._begun).model_copy(update=end))
                if stop is not None:
                    return stop
            self._past(addressee)
        return None

    def _past(self, addressee: Addressee) -> None:
        self._cursor = addressee.person
        self._readers.used()
        self._unsaved += 1

    def _renew(self, now: datetime) -> Stop | None:
        kept = lease.keep(self._ports.store, self._progress(), now)
        if kept is None:
            return Stop.LEASE_LOST
        self._page, self._unsaved = kept, 0
        return None

    def _progress(self) -> AudiencePage:
        return self._page.model_copy(update={"cursor": self._cursor})

    def _server_is_there(self) -> None:
        self._failures = 0
        if self._page.attempts:
            self._page = self._page.model_copy(update={"attempts": 0, "outcome": ""})

    def _server_is_away(self, now: datetime, outcome: str) -> Stop:
        attempts = self._page.attempts + 1
        self._page = self._page.model_copy(update={"attempts": attempts, "outcome": outcome})
        self._again_at(now + pause_after(attempts, self._page.useful_until - now))
        return Stop.SERVER_AWAY

    def _finish(self, drop: str) -> Stop:
        """A finished page names nobody: its cursor is a person's id, who may be erased before the page is."""
        done = self._page.model_copy(update={"outcome": drop, "cursor": ""})
        lease.release(self._ports.store, done, None)
        return Stop.DONE

    def _wait_for_the_clock(self) -> Stop:
        """It stays due as it is: by a time of a wrong clock it might be put off for a year."""
        lease.release(self._ports.store, self._progress(), self._page.due_at)
        self.counts["held"] += 1
        return Stop.WAITS

    def _again_at(self, at: datetime) -> Stop:
        released = lease.release(self._ports.store, self._progress(), at)
        if released is not None:
            wake(self._ports, released, at)
        return Stop.WAITS


def _record(page: AudiencePage, person: str, now: datetime) -> Message:
    return Message(
        id=message_key(page.reason, page.occurrence, page.meeting, person),
        reason=page.reason,
        occurrence=page.occurrence,
        meeting=page.meeting,
        person=person,
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
