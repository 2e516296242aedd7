"""reminders, delivery and retention take no orders: they do what the store says is due, whoever calls, and how."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dela.duties.run_duties import plan_mails
from dela.mailing import lease
from dela.mailing.ledger import AudiencePage, Message
from dela.store.contract import Query
from tests.support.everything import snapshot
from tests.support.forum import START, Forum

WORKERS = ("reminders", "delivery", "retention")
DAY = timedelta(days=1)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
HEADERS = ("Content-Type", "Authorization", "X-CloudTasks-TaskName", "X-CloudScheduler", "X-Forwarded-For", "Date")


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> Iterator[Forum]:
    """Everything that is due is done; a page, a message, an expiry and a closed meeting's erasure lie ahead."""
    forum = Forum(tmp_path_factory.mktemp("settled"))
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.confirmed(meeting)
    forum.at(START - DAY - timedelta(minutes=20)).run()
    forum.sign_up(meeting, "pending@example.org")
    forum.run()
    postponed = forum.ports.store.query(Message, Query(limit=1))[0]
    due = forum.now + timedelta(minutes=1)
    held = {"id": f"{postponed.id}held", "due_at": forum.now - DAY, "lease_until": due, "lease_owner": "someone"}
    forum.ports.store.create(postponed.model_copy(update=held))
    forum.ports.store.create(postponed.model_copy(update={"id": f"{postponed.id}later", "due_at": due}))
    forum.run()
    yield forum
    forum.close()


def known_keys(forum: Forum) -> list[str]:
    pages = [f"page:{page.id}" for page in forum.ports.store.query(AudiencePage, Query())]
    return [*pages, *(f"message:{message.id}" for message in forum.ports.store.query(Message, Query()))]


def bodies() -> st.SearchStrategy:
    keys = st.sampled_from(
        ["message:", "page:", "page:../x", "message:a/b", "page:__x__", "meeting:2026-1", "message:\ud800"]
    )
    values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)
    orders = st.dictionaries(st.sampled_from(["key", "now", "action", "force"]), keys | values | st.text())
    return st.binary(max_size=200) | (values | orders).map(lambda value: json.dumps(value).encode())


def calls() -> st.SearchStrategy:
    headers = st.dictionaries(
        st.sampled_from(HEADERS), st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]))
    )
    chosen = st.integers(0, 1000)
    return st.tuples(
        st.sampled_from(WORKERS), st.sampled_from(METHODS), st.text(max_size=20), bodies() | chosen, headers
    )


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(calls(), min_size=1, max_size=10))
def test_whoever_calls_with_whatever_nothing_happens_that_was_not_due(settled, orders):
    before, mails = snapshot(settled.ports.store), len(settled.mails)
    keys = known_keys(settled)

    for name, method, path, body, headers in orders:
        data = json.dumps({"key": keys[body % len(keys)]}).encode() if isinstance(body, int) else body
        answer = settled.web(name).open(f"/{path}", method=method, data=data, headers=headers)
        assert answer.status_code in (200, 405)

    assert snapshot(settled.ports.store) == before
    assert len(settled.mails) == mails


def test_what_lies_ahead_is_really_there_and_is_done_once_it_is_due(settled):
    """So that the test before can't pass for want of work."""
    mails = len(settled.mails)
    settled.at(START - DAY).run()

    assert len(settled.mails) > mails + 10


def test_called_many_times_at_once_when_much_is_due_everyone_is_mailed_once(forum, monkeypatch):
    monkeypatch.setattr("dela.mailing.to_audience.PAGE_SIZE", 10)
    meeting = forum.meeting()
    forum.crowd(meeting, 40)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)
    forum.at(START - DAY)
    keys = known_keys(forum)
    orders = [("delivery", {"key": key}) for key in keys] * 3 + [
        ("delivery", {}),
        ("reminders", {}),
        ("retention", {}),
    ] * 3

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda order: forum.web(order[0]).post("/", json=order[1]).status_code, orders))
    forum.at(START - DAY + lease.LEASE).run()

    assert statuses <= {200, 503}
    assert len(forum.mails) == 40
    assert len({str(mail["To"]) for mail in forum.mails}) == 40


@pytest.mark.parametrize("name", WORKERS)
def test_at_home_no_address_leads_to_them(forum, name):
    """Not in a real installation, and not in the demo either."""
    from werkzeug.test import Client

    from dela.demo.mailbox_folder import MailboxFolder
    from dela.demo.pages import Demo
    from dela.demo.pages import endpoint as demo_endpoint
    from dela.operating.serving import _to_the_public_page, application

    forum.meeting()
    mailbox = MailboxFolder(forum.folder / "outbox")
    at_demo = demo_endpoint(Demo(mailbox, lambda moment: None, lambda: None, ()))
    before = snapshot(forum.ports.store)
    for others in (_to_the_public_page, at_demo):
        client = Client(application(forum.ports, others))
        for path in (f"/{name}", f"/{name}/", f"/{name}/x", f"/signup/../{name}", f"/%2e%2e/{name}"):
            for method in ("GET", "POST"):
                assert client.open(path, method=method, json={"key": "x"}).status_code in (404, 405), path

    assert snapshot(forum.ports.store) == before
