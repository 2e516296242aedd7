"""No personal data in logs: no address, name, business or token, over a whole journey and its mishaps."""

import logging
from datetime import timedelta

import pytest

from dela.attending.registration import Registration
from dela.errors import Refused, TemporaryFailure
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import FORM, ROOM, START, link
from tests.support.visits import personal, readable_addresses

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERSON = {
    "name": "Zacharias Zetterqvist",
    "email": "zacke.z@zettmail.example",
    "organisation": "Zetterqvists Zinkhytta",
    "municipality": "Strömsund",
}


@pytest.fixture
def everything_logged(caplog):
    """All that anybody logs, the libraries too, down to the last detail."""
    caplog.set_level(logging.DEBUG)
    return lambda: [caplog.handler.format(record) + str(record.__dict__) for record in caplog.records]


def private(forum, id):
    """What no log line may hold."""
    registration = forum.registration(id)
    tokens = [
        part
        for url in readable_addresses(forum, forum.present_meeting("2026-1"), id)
        if id in url
        for part in (url.rpartition("/")[2],)
    ]
    words = ["Zacharias", "Zetterqvist", "zacke", "zettmail", "Zinkhytta", "198.51.100.77", "secret-room", ROOM]
    return [*words, *tokens, registration.person, id.rpartition(".")[2]]


def test_a_whole_journey_logs_what_ran_and_of_nobody(forum, everything_logged):
    meeting = forum.meeting()
    client = forum.web("signup")
    room = {"environ_overrides": {"REMOTE_ADDR": "198.51.100.77"}}
    assert client.post("/signup", data={**FORM, **PERSON}, **room).status_code == 303
    client.post("/signup", json={**FORM, **PERSON, "municipality": "?"}, **room)
    client.post("/signup", data={**FORM, **PERSON, "email": "zacke.z@"}, **room)
    forum.deliver()
    confirm = link(forum.last_mail, "/confirm/")
    for _ in range(2):
        forum.open(confirm)
        forum.open(confirm, "POST")
    forum.deliver()
    id = forum.ports.store.query(Registration, Query())[0].id
    manage, join = link(forum.last_mail, "/manage/"), link(forum.last_mail, "/join/")
    for action in ("change", "export", "erase", "nonsense"):
        forum.open(manage, "POST", data={"action": action, **PERSON})
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.travel(START + DAY)
    forum.open(join, "POST")
    forum.open(join)
    for url in readable_addresses(forum, meeting, id):
        forum.open(url)
        forum.open(f"{url}/xyz")
    secrets = private(forum, id)
    forum.travel(START + 3 * DAY)
    forum.open(personal(forum, "own_data", id), "POST", data={"action": "export"})
    forum.open(personal(forum, "own_data", id), "POST", data={"action": "erase"})
    lines = everything_logged()
    assert lines, "something is logged"
    assert [(secret, line) for line in lines for secret in secrets if secret in line] == []


MISHAPS = {
    "refused": Refused("the mail server answered 550"),
    "away": TemporaryFailure("the mail server can't be used now: OSError"),
    "a mistake of ours": ValueError("something is wrong here"),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mail_that_fails_is_logged_without_whom_it_was_for(forum, everything_logged, monkeypatch, mishap):
    meeting = forum.meeting()
    id = forum.confirmed(meeting, PERSON["email"], name=PERSON["name"], organisation=PERSON["organisation"])

    def fail(self, mail):
        raise MISHAPS[mishap]

    monkeypatch.setattr(type(forum.ports.mail), "send", fail)
    for _ in range(3):
        forum.run().later(minutes=20)
    cancel_meeting(forum.ports, meeting.id, forum.now)
    forum.run()
    secrets = private(forum, id)
    assert [(secret, line) for line in everything_logged() for secret in secrets if secret in line] == []


def test_a_stored_document_that_cant_be_read_is_logged_without_what_is_in_it(forum, everything_logged):
    """pydantic's errors quote what they could not read, unless told otherwise."""
    import sqlite3

    id = forum.confirmed(forum.meeting(), PERSON["email"], name=PERSON["name"])
    secrets = private(forum, id)
    url = personal(forum, "manage", id)
    connection = sqlite3.connect(forum.settings.sqlite_path)
    connection.execute("UPDATE registrations SET body = json_set(body, '$.attempt', json_extract(body, '$.name'))")
    connection.commit()
    connection.close()
    assert forum.open(url).status_code == 500
    lines = everything_logged()
    assert any("a request failed" in line for line in lines)
    assert [(secret, line) for line in lines for secret in secrets if secret in line] == []
