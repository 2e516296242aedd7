"""The surprise, watched over: whatever a forum renders is looked through for what nobody may know yet."""

import logging
import quopri
import re
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from pathlib import Path

from dela.meetings.meeting import Meeting
from dela.speaking.agenda import AgendaItem
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


class Surprise:
    """Looks through each artefact of a forum at the moment of its making; `leaks` says what was told too early."""

    def __init__(self, database: Path, now) -> None:
        # A store of its own: the operations that it costs are nobody else's.
        self._store = SqliteStore(database)
        self._now = now
        self.seen = 0
        self.leaks: list[str] = []

    def look(self, what: str, content: bytes | str, at: datetime | None = None) -> None:
        """Look through one artefact that was made `at` a time, by default now."""
        self._look(what, content, self.secrets(at or self._now()))

    def look_through_mails(self, outbox: Path) -> None:
        told = self._agendas()
        for path in sorted(outbox.glob("*.eml")):
            data = path.read_bytes()
            date = re.search(rb"^Date: (.*)\r$", data, re.MULTILINE)
            self._look(f"a mail ({path.name})", data, _hidden(told, parsedate_to_datetime(date[1].decode())))

    def secrets(self, at: datetime) -> list[str]:
        """Every name, organisation and subject that may not be known at a time."""
        return _hidden(self._agendas(), at)

    def _look(self, what: str, content: bytes | str, secrets: list[str]) -> None:
        self.seen += 1
        if secrets:
            text = readable(content)
            self.leaks += [f"{what} tells of {secret!r} too early" for secret in secrets if secret in text]

    def _agendas(self) -> list[tuple[Meeting, AgendaItem]]:
        meetings = {meeting.id: meeting for meeting in self._store.query(Meeting, Query(limit=1000))}
        items = self._store.query(AgendaItem, Query(limit=1000)) if meetings else []
        return [(meetings[item.meeting], item) for item in items if item.meeting in meetings]

    def close(self) -> None:
        self._store.close()


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


def _hidden(agendas: list[tuple[Meeting, AgendaItem]], at: datetime) -> list[str]:
    hidden = [item for meeting, item in agendas if meeting.cancelled or at < meeting.starts_at]
    return [word for item in hidden for word in (item.name, item.organisation, item.subject) if word]


def readable(content: bytes | str) -> str:
    """Text as a reader gets it: quoted-printable, encoded words and folded lines undone."""
    if isinstance(content, str):
        return content
    raw = content.decode(errors="replace")
    words = [str(make_header(decode_header(word))) for word in ENCODED_WORD.findall(raw)]
    return "".join([raw, quopri.decodestring(content).decode(errors="replace"), *words]).replace("\r\n ", "")
