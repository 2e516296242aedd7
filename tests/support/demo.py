"""The demo as a newcomer has it: a process, its clock, its mailbox, and the store behind them."""

import email
import email.policy
import json
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dela.store.sqlite import SqliteStore
from tests.support.process import Process, dela, free_port


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.text = status, headers, body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class DemoProcess:
    """`dela demo` with its data in a folder. Redirects are not followed: they are looked at."""

    def __init__(self, folder: Path) -> None:
        self.data, self._port = folder / "data", free_port()
        self.url = f"http://localhost:{self._port}"
        self.process: Process = dela(folder, "demo", PORT=str(self._port))

    def __enter__(self) -> "DemoProcess":
        self.process.answers(f"{self.url}/signup/meetings.json")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def get(self, path: str, language: str = "en") -> Answer:
        return self._open(Request(self.url + path, headers={"Accept-Language": language}))

    def post(self, path: str, fields: dict[str, str], language: str = "en") -> Answer:
        return self._open(
            Request(self.url + path, data=urlencode(fields).encode(), headers={"Accept-Language": language})
        )

    def post_json(self, path: str, value: Any) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return self._open(Request(self.url + path, data=json.dumps(value).encode(), headers=headers))

    def move(self, **to: str) -> datetime:
        """Move the clock, by `forward` or `to`; answers its time."""
        answer = self.post_json("/demo/clock", to)
        assert answer.status == 200, answer.text
        return datetime.fromisoformat(answer.json["now"])

    def sign_up(self, address: str) -> None:
        fields = {"name": "Nils Nygren", "email": address, "municipality": "Berg", "language": "sv"}
        assert self.post("/signup", fields).status == 303

    @property
    def mails(self) -> list[EmailMessage]:
        """All mails, in the order of their sending."""
        paths = sorted((self.data / "outbox").glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]

    def store(self) -> SqliteStore:
        """The process's own data, to be looked at."""
        return SqliteStore(self.data / "dela.sqlite3")

    def _open(self, request: Request) -> Answer:
        try:
            with build_opener(_Staying()).open(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


class _Staying(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
