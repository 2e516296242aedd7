"""Dela's two homes behind one interface, each as real processes: home_serve.py and home_cloud.py."""

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dela.clock.seen import ClockSeen
from dela.mailing.believing import vouch
from dela.mailing.ledger import AudiencePage, Message
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.documents import Document, instant_text
from dela.store.installation import Installation
from tests.support.everything import documents
from tests.support.process import until
from tests.support.smtp_server import SmtpServer, Taken

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FORUM = {
    "DELA_MAIL_FROM": "Dela <dela@forum.test>",
    "DELA_COORDINATORS": "karin@forum.test",
    "DELA_COORDINATOR_NAME": "Karin Norrby",
    "DELA_COORDINATOR_PHONE": "063-555 01 00",
    "DELA_PROXIES": "1",
    "DELA_SECRET_KEYS": "the-key-of-the-tests",
    "DELA_IDENTITY_KEY": "the-identity-of-the-tests",
}

MACHINES = (Installation, ClockSeen)
"""What tells of the machines, and not of what happened."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Home:
    """What the journeys need of either home. The processes have the machine's clock; see `pass_time`."""

    base: str
    ports: Ports
    smtp: SmtpServer
    secrets: list[str]
    """What may stand in no log line of the present test."""

    # People

    def visit(self, url: str, method: str = "GET", *, form=None, json_=None, **headers: str) -> Answer:
        """One request to a path of ours or to a whole address, without following a redirect."""
        data = None
        if form is not None:
            data = urlencode(form).encode()
        elif json_ is not None:
            data, headers = json.dumps(json_).encode(), {"Content-Type": "application/json", **headers}
        target = url if url.startswith("http") else self.base + url
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        try:
            with _opener.open(Request(target, data, named, method=method), timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def press(self, url: str, **form: str) -> Answer:
        return self.visit(url, "POST", form=form)

    @property
    def mails(self) -> list[Taken]:
        """What the mail server took, but for the coordinator's mails, which are somebody's work."""
        return [mail for mail in self.smtp.taken if mail.recipient != FORUM["DELA_COORDINATORS"]]

    def mails_to(self, address: str) -> list[Taken]:
        return [mail for mail in self.smtp.taken if mail.recipient == address]

    # Time and the schedule

    def pass_time(self, delta: timedelta) -> None:
        """As if so much time had passed: everything that is stored becomes so much older, and the queue looks ahead.

        But the clock of the processes stays where it is, and so does what they have seen of it: this is no jump.
        A meeting moves on the wall clock by this. So no test does it while a reminder that has been sent is of use:
        that bears the day, or the minute, that it is for.
        """
        self.settle()
        moved = [_earlier(each, delta) for each in documents(self.ports.store) if not isinstance(each, MACHINES)]
        for start in range(0, len(moved), 200):
            self.ports.store.transact(
                lambda store, start=start: [store.put(each) for each in moved[start : start + 200]]
            )
        self._forward(delta)

    def pass_time_until(self, moment: datetime) -> None:
        self.pass_time(moment - datetime.now(UTC))

    def schedule(self, name: str, *, at_once: int = 1) -> None:
        """Have a function called as its schedule does, so many times at the same time; and what it woke, done."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self._call, [name] * at_once))
        self.settle()

    def settle(self, seconds: float = 60) -> None:
        """Wait until everything that is due is done."""
        until(lambda: not self._due() and self._idle(), seconds, lambda: f"left: {self._due()}\n{self.output()}")

    def fresh(self) -> "Home":
        """Without documents, mails and wake-ups of earlier tests."""
        for kind in {type(each) for each in documents(self.ports.store)} - {Installation}:
            while found := self.ports.store.query(kind, Query(limit=200)):
                self.ports.store.transact(lambda store, k=kind, f=found: [store.delete(k, each.id) for each in f])
        vouch(self.ports.store, datetime.now(UTC))
        self._forget()
        self.secrets = []
        self._read = {path: path.stat().st_size for path in self._logs()}
        self.smtp.taken.clear()
        return self

    def output(self) -> str:
        """What all processes logged since the home was fresh."""
        return "".join(path.read_bytes()[self._read.get(path, 0) :].decode(errors="replace") for path in self._logs())

    def _due(self) -> list[Document]:
        due = Query(range_field="due_at", below=instant_text(datetime.now(UTC)), limit=10)
        return [each for kind in (Message, AudiencePage) for each in self.ports.store.query(kind, due)]

    _read: Mapping[Path, int] = {}
    _logs: Callable[[], list[Path]]
    _call: Callable[[str], object]
    _idle: Callable[[], bool]
    _forward: Callable[[timedelta], None]
    _forget: Callable[[], None]


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def _earlier(document: Document, delta: timedelta) -> Document:
    """The document as it would be had all of it happened so much earlier."""

    def earlier(value: Any) -> Any:
        if isinstance(value, str) and INSTANT.fullmatch(value):
            return instant_text(datetime.fromisoformat(value) - delta)
        if isinstance(value, list):
            return [earlier(each) for each in value]
        if isinstance(value, dict):
            return {name: earlier(each) for name, each in value.items()}
        return value

    stored = document.model_dump(mode="json")
    return type(document).model_validate({name: earlier(value) for name, value in stored.items()})
