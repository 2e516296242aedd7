"""Ways to a server as raw connections, and the many clients on them that begin a request and never end it."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlencode

NAME = "dela.example.org"
SLOW_BODY = f"POST /signup HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{{"
HALF_HEAD = f"GET /signup HTTP/1.1\r\nHost: {NAME}\r\nAccept: te"
IDLE = ""
ANSWERED = f"GET /signup HTTP/1.1\r\nHost: {NAME}\r\n\r\n"
"""Answered, and then kept open."""


@dataclass(frozen=True)
class Page:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Way:
    """Where a server is reached: a port of this machine, with TLS where it has a certificate."""

    port: int
    certificate: str | None = None

    def connect(self, seconds: float = 5, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), seconds, (source, 0))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.certificate is None:
            return connection
        return ssl.create_default_context(cafile=self.certificate).wrap_socket(connection, server_hostname=NAME)

    def ask(self, path: str, data: bytes | None = None, source: str = "127.0.0.1", **headers: str) -> Page:
        """One request on a connection of its own. Each step has to be done within five seconds."""
        told = {"Host": NAME, "Connection": "close", **{key.replace("_", "-"): each for key, each in headers.items()}}
        if data is not None:
            told["Content-Length"] = str(len(data))
        lines = [
            f"{'GET' if data is None else 'POST'} {path} HTTP/1.1",
            *(f"{key}: {each}" for key, each in told.items()),
        ]
        with self.connect(source=source) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + (data or b""))
            return answer_on(connection)

    def post(self, path: str, form: Mapping[str, str], **more: str) -> Page:
        return self.ask(path, urlencode(form).encode(), Content_Type="application/x-www-form-urlencoded", **more)

    def post_json(self, path: str, body: object, **more: str) -> Page:
        return self.ask(path, json.dumps(body).encode(), Content_Type="application/json", **more)


def answer_on(connection: socket.socket) -> Page:
    answer = HTTPResponse(connection)
    try:
        answer.begin()
        return Page(answer.status, answer.headers, answer.read())
    finally:
        answer.close()


@contextmanager
def held(way: Way, count: int, beginning: str) -> Iterator[list[socket.socket]]:
    """So many connections, each with the `beginning` of a request sent, held until the end."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(way.connect()))
            with suppress(OSError):  # closed already: its place was needed
                connections[-1].sendall(beginning.encode())
        yield connections


def is_open(connection: socket.socket) -> bool:
    """Whether the other side has not closed it. What it sent before is thrown away."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False
