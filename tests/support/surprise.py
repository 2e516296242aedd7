"""The surprise, watched over: whatever a forum renders is looked through for what nobody may know yet."""

import logging
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from dela.meetings.meeting import Meeting
from dela.speaking.agenda import AgendaItem
from dela.speaking.invitation import Invitation
from dela.store.contract import Query
from dela.store.sqlite import SqliteStore

ENCODED_WORD = re.compile(r"=\?utf-8\?[bq]\?[^?\s]*\?=", re.IGNORECASE)


def agenda_of(meeting: Meeting) -> list[AgendaItem]:
    """Three lines of words that occur nowhere else."""
    return [
        AgendaItem(
            id=f"{meeting.id}.{position}",
            meeting=meeting.id,
            position=position,
            name=f"Hulda-Hemlig-{meeting.id}-{position}x",
            organisation=f"Gåtfulla-Garaget-{meeting.id}-{position}x",
            subject=f"Ett-okänt-ämne-{meeting.id}-{position}x",
            consent=True,
        )
        for position in (1, 2, 3)
    ]


@dataclass(frozen=True)
class Secret:
    """What may not be known of somebody before the start, and who may: by the ids and addresses of their invitation."""

    meeting: Meeting
    words: tuple[str, ...]
    owners: frozenset[str] = frozenset()
    speaks: bool = True

    def hidden(self, at: datetime) -> bool:
        return self.meeting.cancelled or at < self.meeting.starts_at or not self.speaks


EVERYBODY = "*"
"""Who may know of all: the coordinators."""


class Surprise:
    """Looks through each artefact of a forum at the moment of its making; `leaks` says what was told too early."""

    def __init__(self, database: Path, now, coordinators: Iterable[str] = ()) -> None:
        # A store of its own: the operations that it costs are nobody else's.
        self._store = SqliteStore(database)
        self._now = now
        self._coordinators = frozenset(coordinators)
        self._owned: dict[str, set[str]] = {}
        self.seen = 0
        self.leaks: list[str] = []

    def look(self, what: str, content: bytes | str, at: datetime | None = None, reader: str = "") -> None:
        """Look through one artefact that was made `at` a time, by default now, for a reader."""
        self._look(what, content, self.secrets(at or self._now(), reader))

    def look_through_mails(self, outbox: Path) -> None:
        told = self._secrets()
        for path in sorted(outbox.glob("*.eml")):
            data = path.read_bytes()
            date = re.search(rb"^Date: (.*)\r$", data, re.MULTILINE)
            to = parseaddr(str(message_from_bytes(data)["To"]))[1]
            reader = EVERYBODY if to in self._coordinators else to
            self._look(f"a mail ({path.name})", data, _words(told, parsedate_to_datetime(date[1].decode()), reader))

    def secrets(self, at: datetime, reader: str = "") -> list[str]:
        """Every name, organisation and subject that may not be known at a time to this reader."""
        return _words(self._secrets(), at, reader)

    def _look(self, what: str, content: bytes | str, secrets: list[str]) -> None:
        self.seen += 1
        if secrets:
            text = readable(content)
            self.leaks += [f"{what} tells of {secret!r} too early" for secret in secrets if secret in text]

    def _secrets(self) -> list[Secret]:
        meetings = {meeting.id: meeting for meeting in self._store.query(Meeting, Query(limit=1000))}
        items = self._store.query(AgendaItem, Query(limit=1000)) if meetings else []
        asked = self._store.query(Invitation, Query(limit=1000)) if meetings else []
        for each in asked:
            self._owned.setdefault(each.person, set()).update((each.id, each.email, each.new_email))
        lines = [
            Secret(meetings[item.meeting], (item.name, item.organisation, item.subject), self._owners(item.person))
            for item in items
            if item.meeting in meetings
        ]
        return lines + [
            Secret(
                meetings[each.meeting],
                (each.name, each.organisation, each.title),
                self._owners(each.person),
                each.speaks,
            )
            for each in asked
        ]

    def _owners(self, person: str) -> frozenset[str]:
        """All the links and addresses that this person has had: they know their own name."""
        return frozenset(self._owned.get(person, ())) - {""}

    def close(self) -> None:
        self._store.close()


def reader_of(name: str, path: str) -> str:
    """Who a page of the function `invitation` is for: the owner of the link, or a coordinator."""
    if name != "invitation":
        return ""
    kind, _, token = path.removeprefix("/invitation").strip("/").rpartition("/")
    id = token.removesuffix(".ics").rsplit(".", 2)[0]
    return EVERYBODY if kind == "host" else ".".join(id.split(".")[:2])


class LogLines(logging.Handler):
    """Keeps the log lines of the program, and has each looked through."""

    def __init__(self, surprise: Surprise) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._surprise = surprise
        self._logger = logging.getLogger("dela")

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.lines.append(line)
        self._surprise.look("a log line", line)

    def __enter__(self) -> "LogLines":
        self._logger.setLevel(logging.DEBUG)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def _words(secrets: list[Secret], at: datetime, reader: str) -> list[str]:
    if reader == EVERYBODY:
        return []
    kept = [each for each in secrets if each.hidden(at) and reader not in each.owners]
    return [word for each in kept for word in each.words if word]


def readable(content: bytes | str) -> str:
    """Text as a reader gets it: quoted-printable, encoded words and folded lines undone."""
    if isinstance(content, str):
        return content
    raw = content.decode(errors="replace")
    words = [str(make_header(decode_header(word))) for word in ENCODED_WORD.findall(raw)]
    return "".join([raw, quopri.decodestring(content).decode(errors="replace"), *words]).replace("\r\n ", "")
