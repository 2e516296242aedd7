"""What the program makes of a golden set: the maker writes it down once, and every later program is compared with it.

All that the tests in here need of the program is imported in this file.
"""

import gzip
import html
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile

from dela.clock.system import SystemClock
from dela.demo.clock import DemoClock
from dela.operating import cli
from dela.settings import Settings
from dela.wiring import ports_of
from tests.golden import stored
from tests.support.everything import documents, kinds
from tests.support.forum import Forum

FILE, KEYS = "dela.sqlite3", "keys.json"
BACKUP, LINES, EXPECTED = "backup.zip", "firestore.jsonl.gz", "expected.json"
FORMS = ("sqlite", "backup", "firestore")
PEOPLE = "registrations"
NAMED = ("name", "email", "organisation")

__all__ = ["Golden", "Opened", "documents", "kinds"]


@dataclass(frozen=True)
class Golden:
    """A golden set: a folder with what one release stored, and what it made of it."""

    folder: Path

    @property
    def expected(self) -> dict[str, Any]:
        return json.loads((self.folder / EXPECTED).read_text())

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.expected["made_at"])

    @property
    def until(self) -> datetime:
        """Up to when its mails were watched."""
        return datetime.fromisoformat(self.expected["until"])

    @property
    def name(self) -> str:
        return "/".join(self.folder.parts[-2:])

    @property
    def lines(self) -> list[str]:
        """Firestore's documents, one line of JSON each."""
        return gzip.decompress((self.folder / LINES).read_bytes()).decode().splitlines()

    def has(self, form: str) -> bool:
        """Whether it holds its documents in this form."""
        return form != "firestore" or (self.folder / LINES).exists()

    def keep_lines(self, lines: list[str]) -> None:
        """Write Firestore's documents down: the same bytes for the same lines."""
        (self.folder / LINES).write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))

    @contextmanager
    def in_sqlite(self, folder: Path) -> Iterator["Opened"]:
        """The database file, copied to a folder and opened there; of a set without one, that in the backup."""
        if (self.folder / FILE).exists():
            shutil.copy(self.folder / FILE, folder)
        else:
            ZipFile(self.folder / BACKUP).extract(FILE, folder)
        shutil.copy(self.folder / KEYS, folder)
        with opened_at(folder, self.made_at) as opened:
            yield opened

    @contextmanager
    def from_backup(self, folder: Path) -> Iterator["Opened"]:
        """The backup, restored into a folder by its command."""
        assert "Restored as it was at" in types(folder, self.made_at, "restore", str(self.folder / BACKUP))
        with opened_at(folder, self.made_at) as opened:
            yield opened

    @contextmanager
    def in_firestore(self, folder: Path, emulator: str, project: str) -> Iterator["Opened"]:
        """Firestore's documents, written into a project by Google's own client."""
        shutil.copy(self.folder / KEYS, folder)
        with in_project(folder, emulator, project, self.made_at) as opened:
            opened.wire.write(self.lines)
            yield opened


class Opened:
    """A forum on golden data, at the moment at which they were made."""

    def __init__(self, forum: Forum, wire: stored.Wire | None = None) -> None:
        self.forum, self.wire = forum, wire

    # What is stored

    def stored(self) -> stored.Documents:
        """The documents, read without the program."""
        return stored.in_lines(self.wire.read()) if self.wire else stored.in_sqlite(self.forum.folder / FILE)

    def bytes(self) -> bytes:
        """Every byte of them. The store is at rest meanwhile."""
        if self.wire:
            return "\n".join(self.wire.read()).encode()
        for port in (self.forum.ports.store, self.forum.ports.queue):
            port.close()
        self.forum.surprise.close()
        return b"".join(path.read_bytes() for path in sorted(self.forum.folder.glob(f"{FILE}*")))

    def told_of(self, person: str = "") -> list[str]:
        """What is stored of a person, or of all: their ids, and what they told of themselves."""
        people = [each for name, each in self.stored().items() if name.startswith(f"{PEOPLE}/")]
        of_them = [each for each in people if person in ("", each["person"])]
        return sorted({each[field] for each in of_them for field in ("person", *NAMED) if each[field]})

    # What people see and do

    def answers(self, urls: list[str]) -> list[dict[str, Any]]:
        """What each link shows: its status, and which of what people told of themselves is on it."""
        people = [each for name, each in self.stored().items() if name.startswith(f"{PEOPLE}/")]
        told = sorted({each[field] for each in people for field in NAMED if each[field]})
        return [self._answer(url, told) for url in urls]

    def _answer(self, url: str, told: list[str]) -> dict[str, Any]:
        answer = self.forum.open(url)
        text = html.unescape(answer.text)
        holds = [each for each in told if each in text]
        entry = re.findall(r"^(?:UID|SEQUENCE|METHOD|DTSTART):.*", text.replace("\r\n", "\n"), re.MULTILINE)
        return {"url": url, "status": answer.status_code, "holds": holds, "entry": entry}

    def act(self, act: dict[str, Any]) -> dict[str, Any]:
        """Do what a person does at a time; answers the status, whither it leads, and what it changes of people."""
        self.forum.at(datetime.fromisoformat(act["at"]))
        before = self.stored()
        answer = self.forum.open(act["url"], "POST", data=act["form"])
        changes = {
            name: {field: value for field, value in fields.items() if before.get(name, {}).get(field, "") != value}
            for name, fields in self.stored().items()
            if name.startswith(f"{PEOPLE}/") and fields != before.get(name)
        }
        leads = answer.headers.get("Location") or ""
        out = "" if leads.startswith(self.forum.settings.base_url) else leads
        return {"status": answer.status_code, "leads_out": out, "changes": changes}

    def own_data(self, url: str, action: str) -> Any:
        """Press a button behind a fresh link; answers what is downloaded, if anything is."""
        answer = self.forum.open(url, "POST", data={"action": action})
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text) if answer.mimetype == "application/json" else None

    # What leaves

    def left_since(self, count: int) -> list[list[str]]:
        """The mails that have left after the first so many: their Message-IDs and readers."""
        return [[str(mail["Message-ID"]), _address(str(mail["To"]))] for mail in self.forum.mails[count:]]

    def leaving(self, until: datetime) -> dict[str, list[list[str]]]:
        """What leaves: at the queue's own word, and from then on to a time with the schedule running."""
        found, count = {}, len(self.forum.mails)
        self.forum.deliver()
        found["woken"] = self.left_since(count)
        count = len(self.forum.mails)
        self.forum.later(minutes=1).travel(until)
        found["later"] = self.left_since(count)
        return found


def types(folder: Path, moment: datetime, *words: str) -> str:
    """Have an operator type a command with the data in a folder, at a moment; answers what it printed."""
    said, complaint = io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        for clock in (SystemClock, DemoClock):
            stack.enter_context(patch.object(clock, "now", lambda _: moment))
        stack.enter_context(patch.dict(os.environ, DELA_DATA_DIR=str(folder)))
        stack.enter_context(patch("os.umask"))  # this process keeps its own
        stack.enter_context(redirect_stdout(said))
        stack.enter_context(redirect_stderr(complaint))
        status = cli.main(words)
    assert (status, complaint.getvalue()) == (0, ""), (status, said.getvalue(), complaint.getvalue())
    return said.getvalue()


def rows_of(status: str) -> dict[str, dict[str, str]]:
    """What `dela status` tells of each meeting, by the heads of its columns."""
    lines = status.splitlines()
    head = next(line for line in lines if line.startswith("MEETING"))
    starts = {each[0]: each.start() for each in re.finditer(r"\S+(?: \S+)*", head)}
    ends = [*list(starts.values())[1:], None]
    rows = {line.split()[0]: line for line in lines if re.match(r"\d{4}-\d+\s", line)}
    return {
        meeting: {name: line[start:end].strip() for (name, start), end in zip(starts.items(), ends, strict=True)}
        for meeting, line in rows.items()
    }


def demo_offset(folder: Path) -> timedelta:
    """By how much the clock of a demo in this folder is ahead of the machine's."""
    ports = ports_of(Settings(data_dir=folder))
    clock, machine = DemoClock(), SystemClock()
    clock.attach(ports.store)
    ports.store.close()
    return clock.now() - machine.now()


@contextmanager
def in_project(folder: Path, emulator: str, project: str, moment: datetime) -> Iterator[Opened]:
    """A forum whose documents lie in a project on an emulator; the rest of it, its keys too, lies in a folder."""
    address = {"store": f"firestore://{project}", "firestore_emulator_host": emulator}
    with opened_at(folder, moment) as opened, stored.wire(emulator, project) as wire:
        opened.wire, forum = wire, opened.forum
        at_home = forum.ports
        store = ports_of(at_home.settings.model_copy(update={**address, "data_dir": folder})).store
        forum.ports = replace(at_home, store=store)
        try:
            yield opened
        finally:
            store.close()
            forum.ports = at_home


@contextmanager
def opened_at(folder: Path, moment: datetime) -> Iterator[Opened]:
    """The forum whose documents and keys lie in a folder."""
    forum = Forum(folder, secret_keys=(), identity_key="").at(moment)  # so the keys of the folder are used
    forum.settings = forum.ports.settings
    yield Opened(forum)
    forum.close()


def _address(mailbox: str) -> str:
    return mailbox.rpartition("<")[2].rstrip(">")
