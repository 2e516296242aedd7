"""What is set up wrongly in the cloud is "our mistake" to whoever asks, said in the log, and loses nobody's sign-up."""

import pytest

from dela.attending.registration import Registration
from dela.errors import Broken
from dela.store.contract import Query
from tests.support.forum import FORM, Forum


@pytest.fixture
def forum(tmp_path):
    forum = Forum(tmp_path)
    yield forum
    forum.close()


def broken(*_, **__):
    raise Broken("Firestore refuses: PERMISSION_DENIED")


def test_a_store_that_is_set_up_wrongly_is_our_mistake_and_in_the_log(forum, monkeypatch, caplog):
    forum.meeting()
    for read in ("get", "query"):
        monkeypatch.setattr(forum.ports.store, read, broken)

    answer = forum.web("signup").get("/signup")

    assert answer.status_code == 500
    assert "PERMISSION_DENIED" not in answer.text
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]


def test_a_queue_that_is_set_up_wrongly_loses_no_sign_up(forum, monkeypatch):
    meeting = forum.meeting()
    monkeypatch.setattr(forum.ports.queue, "enqueue", broken)

    assert forum.web("signup").post(f"/signup/{meeting.id}", json=FORM).status_code == 202

    assert forum.ports.store.count(Registration, Query()) == 1
