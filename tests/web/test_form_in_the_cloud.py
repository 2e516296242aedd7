"""A function in the cloud looks, before its first answer, whether it may work on what is stored."""

import logging

import pytest
from werkzeug import Request
from werkzeug.test import Client

from dela import wiring
from dela.errors import TemporaryFailure
from dela.store import form
from dela.store.form import STORED, Form
from tests.support.steps import put, release, step

PUBLIC, INSIDE = ("signup", "join"), ("reminders", "delivery", "retention")


@pytest.fixture
def function(forum, monkeypatch):
    """A newly started instance of the function NAME on the forum's store."""
    monkeypatch.setattr(wiring, "_process_ports", lambda: forum.ports)
    monkeypatch.setattr(wiring, "freeze", lambda: None)
    return lambda name: Client(Request.application(wiring.target(name)))


@pytest.mark.parametrize("name", [*PUBLIC, *INSIDE])
def test_an_older_function_answers_503_and_logs_why(forum, function, name, caplog):
    forum.meeting()
    put(forum.ports.store, Form(id=STORED, done=9, needs=9))
    started = function(name)

    for answer in (
        started.get("/"),
        started.post("/", json={}),
        started.get("/", headers={"Accept": "application/json"}),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) == 3
    assert "a newer Dela has stored these data" in lines[0].getMessage()
    assert lines[0].action == name

    put(forum.ports.store, Form(id=STORED, done=9))
    assert started.post("/").status_code != 503, "what was only added is served"


def test_it_looks_once(forum, function):
    started = function("signup")
    started.get("/meetings.json")
    put(forum.ports.store, Form(id=STORED, done=9, needs=9))
    before = forum.ports.store.operations.reads
    forum.later(seconds=5)

    assert started.get("/meetings.json").status_code == 200
    assert forum.ports.store.operations.reads - before == 1


def test_the_first_one_that_knows_a_step_takes_it(forum, function, caplog):
    caplog.set_level(logging.INFO)
    taken = []
    with release(step(form.KNOWN + 1, lambda store, settings: taken.append(1))):
        first, second = function("signup"), function("delivery")
        assert first.get("/meetings.json").status_code == 200
        assert second.post("/").status_code == 200
        assert forum.ports.store.get(Form, STORED) == Form(id=STORED, done=form.KNOWN)
    assert taken == [1]
    assert [record for record in caplog.records if record.getMessage().startswith("the data are in form")]


def test_a_store_that_is_away_is_looked_at_again(forum, function, monkeypatch):
    def away(*_):
        raise TemporaryFailure("away")

    started = function("signup")
    with monkeypatch.context() as patch:
        patch.setattr(type(forum.ports.store), "_get", away)
        assert started.get("/meetings.json").status_code == 503
    assert started.get("/meetings.json").status_code == 200
