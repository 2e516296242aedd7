"""Any WSGI application behind the server that a forum has at home, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from waitress.trigger import trigger

from dela.operating import home_server
from tests.support.slow_clients import Way


@contextmanager
def served(application: home_server.Application) -> Iterator[Way]:
    """The way to the application, while it is served."""
    server = home_server.create_server(application, "127.0.0.1", 0, threads=2)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield Way(int(server.effective_listen[0][1]))
    finally:
        waker = next(each for each in server.map.values() if isinstance(each, trigger))
        with suppress(OSError):  # a thread that has just answered woke it first
            waker.pull_trigger(server.close)
        thread.join(30)
