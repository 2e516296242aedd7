"""Writing a letter: the templates of a mail rendered once for a kind, what it is about and a language, with gaps."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any

from jinja2 import Environment

from dela.mailing.kinds import CalendarPart, MailKind, Method
from dela.mailing.letter_pieces import FOLD, GAP, SHORT, Pieces, folded_value, gap, mailbox, words
from dela.settings import Settings
from dela.store.documents import Document
from dela.web.links import Links
from dela.web.template_environment import template_environment
from dela.web.typed import shown

WITH_GAPS = re.compile(f"({GAP.pattern.replace('(', '(?:')})")
LINK_IN_CALENDAR = "https://link.invalid"
SEQUENCE_IN_CALENDAR = 999_999_999


@dataclass(frozen=True)
class Written:
    """A letter but for what is personal: the fixed headers, and the parts of the body between fixed lines."""

    head: bytes
    parts: tuple[tuple[bytes, Pieces], ...]
    tail: bytes
    gaps: frozenset[str]


class LetterWriter:
    """Writes letters of one forum."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings, self._links = settings, links
        self._environment = cache(_environment)

    def write(self, kind: MailKind, matter: Any, language: str, told: Hashable) -> Written:
        """The letter of a kind about its matter. `told` is what of the text depends on the moment."""
        context = self._context(kind, matter, language, told)
        render = self._environment(language).get_template
        subject = shown(render(f"{kind.name}/subject.txt").render(context))
        text = Pieces(_paragraphs(render(f"{kind.name}/body.txt").render(context)))
        html = Pieces(render(f"{kind.name}/body.html").render(context, subject=subject).strip() + "\n", escape)
        inner, outer = _boundaries(kind, matter, language)
        parts = [
            (f"--{inner}\r\n".encode() + _part_head("text/plain"), text),
            (f"\r\n--{inner}\r\n".encode() + _part_head("text/html"), html),
        ]
        tail, content_type = f"\r\n--{inner}--\r\n", f'multipart/alternative; boundary="{inner}"'
        if kind.calendar is not None:
            parts[0] = (f"--{outer}\r\nContent-Type: {content_type}\r\n\r\n".encode() + parts[0][0], text)
            calendar_head = f"\r\n--{inner}--\r\n\r\n--{outer}\r\n".encode() + _calendar_head(kind.calendar.method)
            parts.append((calendar_head, self._calendar(kind, kind.calendar, matter, language)))
            tail, content_type = f"\r\n--{outer}--\r\n", f'multipart/mixed; boundary="{outer}"'
        head = self._head(subject, language) + f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n".encode()
        parts[0] = (b"\r\n" + parts[0][0], text)
        gaps = frozenset(name for _, pieces in parts for name in pieces.names)
        return Written(head, tuple(parts), tail.encode(), gaps)

    def _head(self, subject: str, language: str) -> bytes:
        sender, answers = self._settings.mail_from, self._settings.reply_to
        headers = {
            "From": mailbox(sender.name or self._settings.name, sender.address),
            "Reply-To": mailbox(answers.name or self._settings.coordinator_name, answers.address),
            "Subject": words(subject),
            "Auto-Submitted": b"auto-generated",
            "X-Auto-Response-Suppress": b"All",
            "Content-Language": language.encode(),
        }
        return b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in headers.items())

    def _context(self, kind: MailKind, matter: Any, language: str, told: Hashable) -> dict[str, Any]:
        """What the templates may say. A link that the declaration does not name is none of it."""
        return {
            "forum": self._settings,
            "language": language,
            "home_url": self._links.page(None, language),
            "name": gap("name"),
            **{f"{link.purpose}_url": gap(f"{link.purpose}_url") for link in kind.links},
            **kind.matter.words(matter, told, language, self._settings, self._links),
        }

    def _calendar(self, kind: MailKind, part: CalendarPart, matter: Any, language: str) -> Pieces:
        """The calendar file with gaps for the reader's link and sequence: unfolded, and folded anew around them."""
        sequence = SEQUENCE_IN_CALENDAR
        data = kind.matter.calendar(
            matter, self._settings, language, LINK_IN_CALENDAR, method=part.method, sequence=sequence
        )
        text = data.decode().replace("\r\n ", "").replace(LINK_IN_CALENDAR, gap(f"{part.link.purpose}_url"))
        text = text.replace(f"\r\nSEQUENCE:{sequence}\r\n", f"\r\nSEQUENCE:{gap('sequence')}\r\n")
        return Pieces("\r\n".join(folded(line) for line in text.split("\r\n")), folded_value)


def _environment(language: str) -> Environment:
    return template_environment("mails", language, autoescape=_is_html, trim=False)


def _is_html(name: str | None) -> bool:
    """Whether what is filled into a template has to be escaped: text mails are text."""
    return name is not None and name.endswith(".html")


def _paragraphs(text: str) -> str:
    """The text with one empty line between paragraphs, however the template broke its lines."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def _boundaries(kind: MailKind, matter: Document, language: str) -> tuple[str, str]:
    """Two boundaries that no text contains, the same for the same letter."""
    digest = sha256(f"{kind.name} {matter.id} {language}".encode()).hexdigest()
    return f"=_{digest[:24]}", f"=_{digest[24:48]}"


def _part_head(kind: str) -> bytes:
    return f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()


def _calendar_head(method: Method) -> bytes:
    return (
        f"Content-Type: text/calendar; charset=utf-8; method={method}; name=dela.ics\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "Content-Disposition: attachment; filename=dela.ics\r\n\r\n"
    ).encode()


def folded(line: str) -> str:
    """An iCalendar line of at most 75 octets each (RFC 5545, 3.1), however long the values of its gaps.

    A gap stays whole, with room for a short value before the line ends; a long one folds itself.
    """
    first, *more = WITH_GAPS.split(line)
    text, room = _folded_text(first, 74)
    for piece in more:
        if GAP.fullmatch(piece):
            text += piece if room >= SHORT else f"{FOLD}{piece}"
            room = 0
        else:
            added, room = _folded_text(piece, room)
            text += added
    return text


def _folded_text(text: str, room: int) -> tuple[str, int]:
    """The text after so many octets of room, and the room that it leaves."""
    done = ""
    for character in text:
        size = len(character.encode())
        if size > room:
            done, room = f"{done}{FOLD}", 73
        done, room = done + character, room - size
    return done, room
