"""Delivering one mail to one person: lease, truth, letter, send, record."""

import logging
from datetime import datetime, timedelta
from typing import Any

from dela.errors import NotFound, Refused, TemporaryFailure, Unreadable
from dela.mail.contract import Mail
from dela.mailing import lease
from dela.mailing.believing import believed
from dela.mailing.kinds import TOO_LATE, Addressee, MailKind, Occasion, Verdict
from dela.mailing.ledger import Message, MessageState
from dela.mailing.letters import letters_of
from dela.mailing.unproven import turn_of
from dela.mailing.wake import wake
from dela.ports import Ports
from dela.store.contract import Transaction

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def deliver_message(ports: Ports, id: str) -> str:
    """Send the message of that id if it is due and true; answers what became of it, as a word for the log."""
    now = ports.clock.now()
    message = lease.take(ports.store, Message, id, now)
    if message is None:
        return "skipped"
    if message.id in ports.unrecorded:
        return finish(ports, message, MessageState.SENT)
    kind = kind_of(ports, message.reason)
    if kind is None:
        return "unknown"
    try:
        addressee = kind.recipient.find(ports, message.matter, message.person)
        matter = kind.matter.read(ports.store, message.matter)
    except Unreadable as error:
        return _failed(ports, message, now, str(error))
    verdict = _verdict(ports, kind, message, addressee, matter, now)
    if verdict.not_before is not None:
        return _try_again(ports, message, verdict.not_before, "rescheduled")
    if verdict.drop == TOO_LATE and not believed(ports, now):
        return _wait_for_the_clock(ports, message)
    if verdict.drop == TOO_LATE and message.attempts:
        return finish(ports, message, MessageState.FAILED, message.outcome)
    if verdict.drop or addressee is None:
        return finish(ports, message, MessageState.DROPPED, verdict.drop)
    turn = turn_of(ports, kind, message, now)
    if turn is not None:
        return _try_again(ports, message, turn, "paced")
    return _send(ports, message, kind, matter, addressee)


def kind_of(ports: Ports, reason: str) -> MailKind | None:
    """The declaration of a planned mail. None: a newer program planned it, which will send it, too; that is logged."""
    try:
        return ports.declared.named(MailKind, reason)
    except NotFound:
        log.error("a mail of a kind that this program does not know is left alone", extra={"action": "delivery"})
        return None


def pause_after(attempts: int, left: timedelta) -> timedelta:
    """How long to wait after so many failed attempts: doubling from a minute to an hour.

    `left` is for how long the mail is still of use: some more tries always fit into it.
    """
    return max(FIRST_PAUSE, min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE, left / 4))


def written(ports: Ports, id: str, kind: MailKind, matter: Any, addressee: Addressee, now: datetime) -> Mail:
    """The mail of the ledger entry `id` to one person. Raises Refused if it can't be written to this person."""
    letter = ports.once(letters_of).letter(kind, matter, addressee.language, now)
    try:
        return letter.fill(addressee, id, now)
    except ValueError as error:  # among them what can't be encoded: it must not hold up the others
        raise Refused(f"the mail can't be written: {type(error).__name__}") from error


def _verdict(
    ports: Ports, kind: MailKind, message: Message, addressee: Addressee | None, matter: Any, now: datetime
) -> Verdict:
    drop = "erased" if addressee is None else kind.true_for(addressee)
    if drop:
        return Verdict(drop=drop)
    if now >= message.useful_until and not kind.replanned:
        return Verdict(drop=TOO_LATE)
    return kind.judged(matter, Occasion(message.occurrence, message.useful_until, now, ports.settings))


def _send(ports: Ports, message: Message, kind: MailKind, matter: Any, addressee: Addressee) -> str:
    now = ports.clock.now()
    if not lease.may_begin(message, now):
        return "skipped"
    try:
        mail = written(ports, message.id, kind, matter, addressee, now)
        with ports.mail.session() as session:
            session.send(mail)
    except Refused as refusal:
        return finish(ports, message, MessageState.FAILED, str(refusal))
    except TemporaryFailure as failure:
        return _failed(ports, message, ports.clock.now(), str(failure))
    try:
        return finish(ports, message, MessageState.SENT)
    except TemporaryFailure:
        ports.unrecorded.add(message.id)
        raise


def finish(ports: Ports, message: Message, state: MessageState, outcome: str = "") -> str:
    """Record what finally became of a message, whoever holds its lease by now; answers the state as a word."""
    now = ports.clock.now()
    sent_at = now if state is MessageState.SENT else None
    kind = kind_of(ports, message.reason) if sent_at is not None else None
    end = {"state": state, "due_at": None, "lease_until": None, "outcome": outcome, "sent_at": sent_at}

    def work(store: Transaction) -> None:
        found = store.get(Message, message.id)
        if found is not None and found.state is MessageState.PLANNED:
            also = kind.when_sent(store, found, now) if kind is not None and kind.when_sent is not None else ()
            for document in (found.model_copy(update=end), *also):
                store.put(document)

    ports.store.transact(work)
    ports.unrecorded.discard(message.id)
    return state.value


def _failed(ports: Ports, message: Message, now: datetime, outcome: str) -> str:
    attempts = message.attempts + 1
    again = now + pause_after(attempts, message.useful_until - now)
    failed = message.model_copy(update={"outcome": outcome, "attempts": attempts})
    if again >= message.useful_until and not believed(ports, now):
        return _wait_for_the_clock(ports, failed)
    if again >= message.useful_until:
        return finish(ports, message, MessageState.FAILED, outcome)
    return _try_again(ports, failed, again, "postponed")


def _wait_for_the_clock(ports: Ports, message: Message) -> str:
    """Give its lease back and leave it due as it is: by a time of a wrong clock it might be put off for a year."""
    lease.release(ports.store, message, message.due_at)
    return "held"


def _try_again(ports: Ports, message: Message, at: datetime, word: str) -> str:
    released = lease.release(ports.store, message, at)
    if released is not None:
        wake(ports, released, at)
    return word
