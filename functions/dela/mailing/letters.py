"""Letters: mails as text and HTML with the same content, written once for many readers and filled in for each."""

from collections.abc import Hashable
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dela.errors import Refused
from dela.mail.contract import Mail
from dela.mailing.kinds import Addressee, MailKind
from dela.mailing.ledger import occurrence_of
from dela.mailing.letter_pieces import mailbox
from dela.settings import Settings
from dela.web.language import LANGUAGES
from dela.web.links import Link, Links
from dela.web.typed import shown

if TYPE_CHECKING:
    from dela.mailing.letter_writing import LetterWriter, Written

LETTERS_KEPT = 64


def letters_of(settings: Settings) -> "Letters":
    """The letters of a forum; made once by `Ports.once`."""
    return Letters(settings, Links(settings))


class Letters:
    """Writes letters, and keeps those written last."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings, self._links = settings, links
        self._written = lru_cache(maxsize=LETTERS_KEPT)(self._write)
        self._sender = settings.mail_from.address

    def letter(self, kind: MailKind, matter: Any, language: str, now: datetime) -> "Letter":
        """The letter as it reads at `now` (aware UTC): what it is about as it is now, in `language`.

        An unknown language reads as the forum's default. Cheap when called again with the same arguments.
        """
        language = language if language in LANGUAGES else self._settings.language
        told = kind.matter.told_at(matter, language, self._settings, now)
        return Letter(self._written(kind, matter, language, told), kind, matter, self._sender, self._links)

    def _write(self, kind: MailKind, matter: Any, language: str, told: Hashable) -> "Written":
        return self._writer.write(kind, matter, language, told)

    @cached_property
    def _writer(self) -> "LetterWriter":
        """Loaded with the first letter: most functions only show pages, and what a mail is made of is large."""
        from dela.mailing.letter_writing import LetterWriter

        return LetterWriter(self._settings, self._links)


class Letter:
    """A mail of one kind, matter and language, ready but for what is personal."""

    def __init__(self, written: "Written", kind: MailKind, matter: Any, sender: str, links: Links) -> None:
        self._written, self._kind, self._matter, self._sender, self._links = written, kind, matter, sender, links
        calendar = [kind.calendar.link] if kind.calendar else []
        self._urls = {f"{link.purpose}_url": link for link in (*kind.links, *calendar)}

    def fill(self, addressee: Addressee, message_id: str, now: datetime) -> Mail:
        """The mail for one person, complete. `message_id` is the ledger id it belongs to; `now` is its Date.

        The same arguments give the same bytes. Raises Refused for an address that no mail can be written to.
        """
        if any(not each.isprintable() or each in ' <>",' for each in addressee.email):
            raise Refused("no mail can be addressed like this")
        written = self._written
        occurrence = occurrence_of(message_id)
        values = {name: self._value(name, addressee, occurrence, now) for name in written.gaps}
        id = mail_id(message_id, self._sender)
        name = "" if self._kind.nameless else addressee.name
        head = [
            written.head,
            b"To: ",
            mailbox(name, addressee.email),
            b"\r\nDate: ",
            format_datetime(now).encode(),
            b"\r\nMessage-ID: ",
            id.encode(),
            b"\r\n",
        ]
        if self._kind.one_click is not None:
            url = self._url(self._kind.one_click, addressee, occurrence, now)
            head.append(f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode())
        body = [part for fixed, pieces in written.parts for part in (fixed, pieces.fill(values))]
        return Mail(self._sender, addressee.email, id, b"".join([*head, *body, written.tail]))

    def _url(self, link: Link, addressee: Addressee, occurrence: str, now: datetime) -> str:
        return self._links.to(link, link.names(addressee, occurrence), now)

    def _value(self, name: str, addressee: Addressee, occurrence: str, now: datetime) -> str:
        if name == "name":
            return shown(addressee.name)
        if name == "sequence" and self._kind.calendar is not None:
            return str(self._kind.calendar.sequence(self._matter, addressee))
        link = self._urls.get(name)
        return self._url(link, addressee, occurrence, now) if link else ""  # no gap of ours: a setting held its mark


def mail_id(ledger_id: str, sender: str) -> str:
    """The Message-ID of a ledger entry: always the same for the same entry, and telling nothing of it."""
    return f"<{sha256(ledger_id.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
