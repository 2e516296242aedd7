"""While the store can't be written to, by a lock or for want of room, nothing that was typed or answered is lost."""

import sqlite3
from contextlib import contextmanager, suppress

import pytest

from dela.attending.registration import Registration
from dela.errors import TemporaryFailure
from dela.mailing.ledger import Message, MessageState
from dela.store import sqlite_connections as sqlite
from dela.store.contract import Query
from tests.support.forum import FORM, link


@contextmanager
def locked(forum):
    """Another process writes, for longer than anybody waits."""
    other = sqlite3.connect(forum.settings.sqlite_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full(forum):
    """There is no room for one page more."""
    connections = [port._connections.writer() for port in (forum.ports.store, forum.ports.queue)]
    for connection in connections:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    for connection in connections:
        connection.execute("PRAGMA max_page_count = 1000000")


TROUBLES = {"locked": locked, "full": full}


@pytest.fixture(params=TROUBLES)
def trouble(request, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.05)
    return TROUBLES[request.param]


def sign_ups_until_one_fails(forum, path: str):
    """Sign up by form, one after the other, until there is no room; the addresses that got a yes, the failed answer."""
    taken = []
    for number in range(200):
        address = f"person{number}@example.org"
        form = {**FORM, "email": address, "name": f"Åke {number}", "organisation": "y" * 190}
        answer = forum.web("signup").post(path, data=form)
        if answer.status_code != 303:
            return taken, address, answer
        taken.append(address)
    raise AssertionError("there was always room")


def test_a_sign_up_that_cannot_be_kept_is_answered_503_and_comes_back_filled_in(forum, trouble):
    meeting = forum.meeting()
    forum.sign_up(meeting, "first@example.org")
    path = f"/signup/{meeting.id}"
    with trouble(forum):
        taken, failed, answer = sign_ups_until_one_fails(forum, path)
        assert forum.web("signup").get(path).status_code == 200, "the page can still be read"

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert f'value="{failed}"' in answer.text
    assert f'value="Åke {len(taken)}"' in answer.text
    assert "y" * 190 in answer.text
    assert "försök igen om en minut" in answer.text
    again = forum.web("signup").post(path, data={**FORM, "email": failed})
    assert again.status_code == 303
    forum.run()
    assert {mail["To"].addresses[0].addr_spec for mail in forum.mails} == {
        "first@example.org",
        failed,
        *taken,
    }


def test_mails_wait_for_the_store_and_leave_once(forum, trouble):
    meeting = forum.meeting()
    for number in range(5):
        forum.sign_up(meeting, f"person{number}@example.org")
    with trouble(forum):
        for _ in range(3):
            with suppress(TemporaryFailure):
                forum.run()
            forum.later(minutes=1)
    for _ in range(3):
        forum.later(minutes=15).run()

    assert len(forum.mails) == 5
    states = {each.state for each in forum.ports.store.query(Message, Query())}
    assert states == {MessageState.SENT}


def test_a_confirmation_that_cannot_be_kept_takes_no_seat_and_may_be_pressed_again(forum, trouble):
    id = forum.sign_up(forum.meeting())
    forum.deliver()
    url = link(forum.last_mail, "/confirm/")
    with trouble(forum):
        statuses = {forum.open(url, "POST").status_code for _ in range(2)}
        confirmed = forum.registration(id).confirmed
    if not confirmed:
        assert 503 in statuses
        assert forum.open(url, "POST").status_code < 400
    assert forum.registration(id).confirmed
    assert forum.ports.store.count(Registration, Query()) == 1
