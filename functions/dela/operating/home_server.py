"""The HTTP server at home: waitress, with an end to every wait for a client.

Waitress takes a number of connections and then no more, closes only those on which nothing moves, and so can be filled
up by whoever sends one byte now and then. Here no client holds a place that another needs:

- a request has to be there, whole, REQUEST_SECONDS after its first byte (the first one: after the connection);
- an answer has to be fetched, and a next request begun, IDLE_SECONDS after the answer. That is longer than the two
  minutes for which Caddy keeps connections to use them again: one that is closed under its hands fails a sign-up;
- beyond CONNECTIONS, those that have waited longest for their client are closed for those that come. Who has just come
  is left the moment in which what it sent is read; MOST is reached only where all are being answered, and then
  newcomers wait as usual.

There is no limit per client: behind a proxy all connections are the proxy's, and the last rule does without.
"""

import logging
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONNECTIONS = 500
MOST = 900
"""With the files of the store and the mails' connections below 1,024, which is what a service may open by default."""
A_MOMENT = 0.1
REQUEST_SECONDS = 30
IDLE_SECONDS = 150
LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 128 * 1024
"""More than an endpoint takes (web.py), so that who pastes too much is told so by a page."""
ACCEPTED_AT_ONCE = 32
COMPLAIN_EVERY = 60


def create_server(answer: Application, host: str, port: int, threads: int) -> MultiSocketServer:
    """A server that listens already and answers with the WSGI application `answer` once its `run` is called.

    Raises OSError or ValueError where it can't listen.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that waits for a thread
    settings = Adjustments(
        host=host,
        port=port,
        threads=threads,
        ident=None,
        connection_limit=MOST,
        cleanup_interval=1,
        asyncore_use_poll=True,  # select() knows no file beyond the 1,024th
        max_request_header_size=LARGEST_HEAD,
        max_request_body_size=LARGEST_BODY,
        clear_untrusted_proxy_headers=False,
    )
    sockets: dict[int, Any] = {}
    dispatcher = ThreadedTaskDispatcher()
    servers = [
        _Server(answer, sockets, dispatcher=dispatcher, adj=settings, sockinfo=place) for place in settings.listen
    ]
    dispatcher.set_thread_count(threads)
    places = [(server.effective_host, server.effective_port) for server in servers]
    return MultiSocketServer(sockets, settings, places, dispatcher, servers[0].log_info)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, which knows since when it has been waiting for its client."""

    begun = True
    """Whether a request is under way, or the first one is being waited for."""
    serving = False
    """Whether a thread is answering: it takes the request off `requests` before it has told `since`."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self.since = monotonic()
        super().__init__(*arguments, **more)

    @property
    def waiting(self) -> bool:
        """Whether it is the client's turn."""
        return not (self.requests or self.serving or self.will_close)

    def overdue(self, now: float) -> bool:
        """Whether the client has had its time."""
        return now - self.since > (REQUEST_SECONDS if self.begun else IDLE_SECONDS)

    def received(self, data: bytes) -> bool:
        """Take in what came; its first byte begins a request. Called by the thread that reads."""
        if not self.begun:
            self.begun, self.since = True, monotonic()
        return bool(super().received(data))

    def service(self) -> None:
        """Answer one request. Called by a thread that answers, while nothing is read unless that came along."""
        with self.requests_lock:
            self.begun, self.serving = self.request is not None, True
        try:
            super().service()
        finally:
            with self.requests_lock:
                if not self.begun:
                    self.since = monotonic()
                self.serving = False


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """Takes all connections that come, and ends those whose client had its time, or that others need the place of."""

    channel_class = _Channel
    _closed_early = 0
    _complains_at = 0.0

    def readable(self) -> bool:
        """Whether connections are taken. Asked in each turn of waitress's loop, once a second at least."""
        if self.in_connection_overflow:
            self._make_room()
        return bool(super().readable())

    def handle_accept(self) -> None:
        """Take the connections that have come, some at once, since each look at all of them takes its time."""
        for _ in range(ACCEPTED_AT_ONCE):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before:
                break
        self._make_room()

    def maintenance(self, now: float) -> None:
        """Called every second."""
        for channel in self._waiting():
            channel.will_close = channel.overdue(monotonic())
        self._complain()

    def _make_room(self) -> None:
        leaving = sum(each.will_close for each in self._channels())
        excess = len(self._map) - leaving - CONNECTIONS
        if excess > 0:
            known = [each for each in self._waiting() if monotonic() - each.since > A_MOMENT]
            for channel in sorted(known, key=lambda each: each.since)[:excess]:
                channel.will_close = True  # closed in a moment by waitress's loop, which still holds its number
                self._closed_early += 1

    def _waiting(self) -> list[_Channel]:
        return [each for each in self._channels() if each.waiting]

    def _channels(self) -> list[_Channel]:
        return [each for each in self._map.values() if isinstance(each, _Channel)]

    def _complain(self) -> None:
        if self._closed_early and monotonic() >= self._complains_at:
            log.warning("%d connections were closed for others", self._closed_early, extra={"action": "server"})
            self._closed_early, self._complains_at = 0, monotonic() + COMPLAIN_EVERY
