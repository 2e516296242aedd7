"""A small HTTP client that costs next to nothing: keep-alive on raw sockets, one connection or many, loopback only."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from urllib.parse import urlencode

HOST = "127.0.0.1"
ANSWER_SECONDS = 30.0
PLACES = ("Berg", "Krokom", "Åre")


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n".encode()


def post(path: str, fields: dict[str, str], client: str) -> bytes:
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {client}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def sign_ups(path: str) -> Iterator[bytes]:
    """Endless sign-ups, each of another person at another network address."""
    for number in count():
        fields = {
            "name": f"Person {number}",
            "email": f"person{number}@example.org",
            "organisation": "Bageri",
            "municipality": PLACES[number % len(PLACES)],
            "language": "sv",
        }
        yield post(path, fields, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")


class Answer:
    """One answer as it comes in: complete once as much is there as its Content-Length says."""

    def __init__(self) -> None:
        self.data = b""
        self._length: int | None = None

    def take(self, data: bytes) -> bool:
        """Add what came; answers whether that was all."""
        self.data += data
        if self._length is None:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return False
            start = self.data[:end].lower().find(b"content-length:")
            length = int(self.data[start + 15 : self.data.find(b"\r", start)]) if start >= 0 else 0
            self._length = end + 4 + length
        return len(self.data) >= self._length

    @property
    def status(self) -> int:
        return int(self.data[9:12])


class Connection:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)

    def ask(self, request: bytes, status: int) -> Answer:
        """The answer. Raises ConnectionError for one of another status."""
        self._socket.sendall(request)
        answer = Answer()
        while not answer.take(data := self._socket.recv(65536)):
            if not data:
                raise ConnectionError("the server closed the connection")
        if answer.status != status:
            raise ConnectionError(f"{answer.status} instead of {status}: {answer.data[:300]!r}")
        return answer

    def seconds(self, request: bytes, status: int) -> float:
        """How long an answer took. Raises ConnectionError for one of another status."""
        started = time.perf_counter()
        self.ask(request, status)
        return time.perf_counter() - started

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True)
class Load:
    """What requests on many connections came to."""

    answered: int
    failed: int
    seconds: float
    client_share: float
    """How much of the time the client itself was computing: far below 1, or it is the client that was measured."""

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds


def load(port: int, requests: Sequence[bytes], connections: int, status: int) -> Load:
    """Send all requests, each as soon as one of the connections is free; what is answered otherwise failed."""
    selector, waiting = selectors.DefaultSelector(), iter(requests)
    answered = 0
    started, computed = time.perf_counter(), time.process_time()
    for request in islice(waiting, connections):
        connection = _connected(port)
        selector.register(connection, selectors.EVENT_READ, Answer())
        connection.sendall(request)
    while selector.get_map():
        for key, _ in selector.select(ANSWER_SECONDS) or _late():
            connection, answer = key.fileobj, key.data
            data = connection.recv(65536)
            if data and not answer.take(data):
                continue
            answered += bool(data) and answer.status == status
            request = next(waiting, None) if data else None
            if request is None:
                selector.unregister(connection)
                connection.close()
            else:
                selector.modify(connection, selectors.EVENT_READ, Answer())
                connection.sendall(request)
    seconds = time.perf_counter() - started
    return Load(answered, len(requests) - answered, seconds, (time.process_time() - computed) / seconds)


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port), ANSWER_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _late() -> list[tuple[selectors.SelectorKey, int]]:
    raise ConnectionError(f"no answer for {ANSWER_SECONDS:g} s")
