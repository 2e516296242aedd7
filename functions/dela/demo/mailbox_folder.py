"""Reading the outbox folder back, as the mails' readers would see them: for the demo's mailbox."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from dela.store.files import translated


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is not its text."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True)
class ReadMail:
    """A mail as its reader sees it."""

    id: str
    to: str
    sender: str
    subject: str
    date: datetime | None
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]


class MailboxFolder:
    """The mails of an outbox folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def count(self) -> int:
        """How many mails there are."""
        return len(self._names())

    def newest(self, limit: int, skip: int = 0) -> list[ReadMail]:
        """The latest mails, newest first."""
        return [self._read(name) for name in self._names()[::-1][skip : skip + limit]]

    def find(self, id: str) -> ReadMail | None:
        """The mail of that id, or None."""
        return self._read(id) if id in self._names() else None

    def _names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.eml"))

    def _read(self, name: str) -> ReadMail:
        with translated("the mailbox can't be read"):
            data = (self._folder / f"{name}.eml").read_bytes()
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        date = message["Date"].datetime if message["Date"] else None
        return ReadMail(
            id=name,
            to=str(message["To"]),
            sender=str(message["From"]),
            subject=str(message["Subject"]),
            date=date,
            headers=tuple((key, str(value)) for key, value in message.items()),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            attachments=tuple(_attachment(part) for part in message.iter_attachments()),
        )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _attachment(part: EmailMessage) -> Attachment:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    method = part.get_param("method")
    suffix = f"; charset=utf-8; method={method}" if isinstance(method, str) else ""
    return Attachment(part.get_filename() or "attachment", part.get_content_type() + suffix, data)
