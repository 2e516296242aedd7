"""The server at home: no client holds a place that another needs, and nobody who is being answered is cut off."""

from contextlib import suppress
from threading import Event, Semaphore

import pytest

from dela.operating import home_server
from tests.support.process import until
from tests.support.served import served
from tests.support.slow_clients import ANSWERED, HALF_HEAD, IDLE, SLOW_BODY, answer_on, held, is_open

CHUNKED = "POST /signup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"


@pytest.fixture
def serving(monkeypatch):
    """A context in which an application is served, with other numbers than the usual ones."""

    def serve(application, **numbers):
        for name, number in numbers.items():
            monkeypatch.setattr(home_server, name, number)
        return served(application)

    return serve


def at_once(environ, start_response):
    """Reads what was sent, and answers."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


class Held:
    """An application that answers when it is let go, and counts those that have come to it."""

    def __init__(self):
        self.come, self.go = Semaphore(0), Event()

    def __call__(self, environ, start_response):
        self.come.release()
        assert self.go.wait(60)
        return at_once(environ, start_response)


def drip(connections, piece):
    """Send a piece on each that is open; whether none is any more."""
    still = [each for each in connections if is_open(each)]
    for each in still:
        with suppress(OSError):
            each.sendall(piece)
    return not still


def come_and_go(way):
    """A whole visit: afterwards the server has nothing left of it."""
    with way.connect() as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while connection.recv(65536):
            pass


@pytest.mark.slow
@pytest.mark.parametrize(
    ("beginning", "piece"),
    [(HALF_HEAD, b"x"), (SLOW_BODY, b"x"), (CHUNKED, b"x"), (IDLE, b"\r\n\r\n"), (IDLE, b"")],
    ids=["head", "body", "chunk", "blank lines", "nothing"],
)
def test_whoever_does_not_get_to_the_end_of_a_request_is_closed_however_busy_it_seems(serving, beginning, piece):
    with serving(at_once, REQUEST_SECONDS=1) as way, held(way, 3, beginning) as connections:
        until(lambda: drip(connections, piece), 20)
        assert way.ask("/").status == 200


@pytest.mark.slow
def test_the_second_request_of_a_connection_has_the_same_time_from_its_first_byte(serving):
    with serving(at_once, REQUEST_SECONDS=1) as way, way.connect() as connection:
        for _ in range(2):
            connection.sendall(ANSWERED.encode())
            assert answer_on(connection).status == 200
        connection.sendall(SLOW_BODY.encode())
        until(lambda: drip([connection], b"x"), 20)


@pytest.mark.slow
def test_a_request_that_came_along_with_another_has_no_more_time(serving):
    with serving(at_once, REQUEST_SECONDS=1) as way, way.connect() as connection:
        connection.sendall((ANSWERED + SLOW_BODY).encode())
        assert answer_on(connection).status == 200
        until(lambda: not is_open(connection), 20)


@pytest.mark.slow
def test_an_answer_may_take_longer_than_a_request_and_an_idle_connection_stays(serving):
    """Who was answered keeps the connection while one that sends nothing loses it; who is being answered, too."""
    application = Held()
    with serving(application, REQUEST_SECONDS=1) as way, way.connect() as idle, way.connect(30) as working:
        application.go.set()
        idle.sendall(ANSWERED.encode())
        assert answer_on(idle).status == 200
        assert application.come.acquire(timeout=30)
        application.go.clear()
        working.sendall(ANSWERED.encode())
        assert application.come.acquire(timeout=30)
        with way.connect() as silent:
            until(lambda: not is_open(silent), 20)
        assert is_open(idle)
        application.go.set()
        assert answer_on(working).status == 200


@pytest.mark.slow
def test_an_idle_connection_is_closed_when_its_time_is_over(serving):
    with serving(at_once, IDLE_SECONDS=1) as way, way.connect() as connection:
        connection.sendall(ANSWERED.encode())
        assert answer_on(connection).status == 200
        until(lambda: not is_open(connection), 20)


@pytest.mark.parametrize(
    "beginning", [SLOW_BODY, HALF_HEAD, IDLE, ANSWERED], ids=["body", "head", "silent", "answered"]
)
def test_when_all_places_are_taken_who_waited_longest_makes_room(serving, beginning):
    with serving(at_once, CONNECTIONS=20) as way, held(way, 100, beginning) as connections:
        until(lambda: way.ask("/").status == 200 and sum(map(is_open, connections)) <= 20)
        if beginning != ANSWERED:  # those wait since their answers
            assert not any(is_open(each) for each in connections[:50])
            assert is_open(connections[-1])


def test_who_is_being_answered_keeps_the_place(serving):
    application = Held()
    with serving(application, CONNECTIONS=20) as way, way.connect(30) as working:
        working.sendall(ANSWERED.encode())
        assert application.come.acquire(timeout=30)
        with held(way, 100, HALF_HEAD) as connections:
            until(lambda: way.connect().close() or sum(map(is_open, connections)) <= 20)
            application.go.set()
            assert answer_on(working).status == 200


def test_who_was_answered_a_moment_ago_has_not_waited_since_the_question(serving, monkeypatch):
    application = Held()
    with serving(application) as way, way.connect(30) as asking, way.connect() as silent:
        asking.sendall(ANSWERED.encode())
        assert application.come.acquire(timeout=30)
        with way.connect(30) as later:  # who comes after the silent one, which has therefore been taken
            later.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert application.come.acquire(timeout=30)
            application.go.set()
            assert answer_on(asking).status == 200
            while later.recv(65536):
                pass
        monkeypatch.setattr(home_server, "CONNECTIONS", 4)  # two, and the server's own two files
        until(lambda: come_and_go(way) or not (is_open(silent) and is_open(asking)))
        assert is_open(asking)


@pytest.mark.slow
def test_when_all_are_being_answered_others_wait_until_some_have_been(serving):
    application = Held()
    with (
        serving(application, CONNECTIONS=5, MOST=20, ACCEPTED_AT_ONCE=4) as way,
        held(way, 60, ANSWERED) as connections,
    ):
        assert application.come.acquire(timeout=30)
        application.go.set()
        for each in connections:
            each.settimeout(30)
            assert answer_on(each).status == 200
        assert way.ask("/").status == 200


def test_a_head_is_16_kib_at_most_and_a_body_128(serving):
    with serving(at_once) as way:
        assert way.ask("/", Accept="x" * 15_000).status == 200
        assert way.ask("/", Accept="x" * 16_384).status == 431
        assert way.ask("/", b"x" * 100_000).status == 200
        assert way.ask("/", b"x" * 131_072).status == 413
