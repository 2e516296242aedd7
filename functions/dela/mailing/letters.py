"""Mails: text and HTML with the same content, written once for many readers and filled in for each."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from dela.attending.registration import Registration
from dela.errors import Refused
from dela.mail.contract import Mail
from dela.mailing.ledger import Reason
from dela.mailing.letter_pieces import mailbox
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.web import dates
from dela.web.language import LANGUAGES
from dela.web.links import Links, Purpose

if TYPE_CHECKING:
    from dela.mailing.letter_writing import MailWriter, Written

NAMELESS = frozenset({Reason.CONFIRM})
"""Mails to an address that nobody has proven yet say no name: it would carry a stranger's words to a third person."""
LETTERS_KEPT = 64


class Messages:
    """See mailing/renderer.py, Renderer."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings, self._links = settings, links
        self._written = lru_cache(maxsize=LETTERS_KEPT)(self._write)
        self._sender = settings.mail_from.address

    def letter(self, reason: Reason, meeting: Meeting, language: str, now: datetime) -> "FilledLetter":
        """See mailing/renderer.py."""
        language = language if language in LANGUAGES else self._settings.language
        how_far = dates.how_far(now, meeting.starts_at, language, self._settings.time_zone)
        written = self._written(reason, meeting, language, how_far)
        return FilledLetter(written, self._sender, self._links, nameless=reason in NAMELESS)

    def _write(self, reason: Reason, meeting: Meeting, language: str, how_far: str) -> "Written":
        return self._writer.write(reason, meeting, language, how_far)

    @cached_property
    def _writer(self) -> "MailWriter":
        """Loaded with the first letter: most functions only show pages, and what a mail is made of is large."""
        from dela.mailing.letter_writing import MailWriter

        return MailWriter(self._settings, self._links)


class FilledLetter:
    """See mailing/renderer.py, Letter."""

    def __init__(self, written: "Written", sender: str, links: Links, *, nameless: bool) -> None:
        self._written, self._sender, self._links, self._nameless = written, sender, links, nameless

    def fill(self, registration: Registration, message_id: str, now: datetime) -> Mail:
        """See mailing/renderer.py."""
        if any(not each.isprintable() or each in ' <>",' for each in registration.email):
            raise Refused("no mail can be addressed like this")
        written = self._written
        values = {name: self._value(name, registration, now) for name in written.gaps}
        id = mail_id(message_id, self._sender)
        name = "" if self._nameless else registration.name
        head = [
            written.head,
            b"To: ",
            mailbox(name, registration.email),
            b"\r\nDate: ",
            format_datetime(now).encode(),
            b"\r\nMessage-ID: ",
            id.encode(),
            b"\r\n",
        ]
        if written.one_click:
            url = self._links.unsubscribe(registration.id, now)
            head.append(f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode())
        body = [part for fixed, pieces in written.parts for part in (fixed, pieces.fill(values))]
        return Mail(self._sender, registration.email, id, b"".join([*head, *body, written.tail]))

    def _value(self, name: str, registration: Registration, now: datetime) -> str:
        if name == "sequence":
            return str(registration.calendar_sequence(self._written.sequence))
        return _VALUES[name](self._links, registration, now)


def mail_id(ledger_id: str, sender: str) -> str:
    """The Message-ID of a ledger entry: always the same for the same entry, and telling nothing of it."""
    return f"<{sha256(ledger_id.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def _link(purpose: Purpose) -> Callable[[Links, Registration, datetime], str]:
    return lambda links, registration, now: links.to(purpose, registration.id, now)


_VALUES: dict[str, Callable[[Links, Registration, datetime], str]] = {
    "name": lambda links, registration, now: registration.name,
    "confirm_url": _link(Purpose.CONFIRM),
    "join_url": _link(Purpose.JOIN),
    "manage_url": _link(Purpose.MANAGE),
    "own_data_url": _link(Purpose.OWN_DATA),
    "unsubscribe_url": _link(Purpose.UNSUBSCRIBE),
}
