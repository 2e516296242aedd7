"""`dela serve` refuses what can't work for real, all at once, and `dela demo` what is real."""

import socket

import pytest

from dela.operating import serving as standalone
from tests.support.operator import Operator
from tests.support.process import dela, free_port

REAL = {
    "DELA_BASE_URL": "https://dela.forum.test",
    "DELA_PROXIES": "1",
    "DELA_MAIL": "smtp://u:p@mail.forum.test:587",
    "DELA_MAIL_FROM": "Dela <dela@forum.test>",
    "DELA_COORDINATORS": "karin@forum.test",
}


@pytest.fixture
def served(monkeypatch):
    """What would be run, instead of running it."""
    calls = []
    monkeypatch.setattr(standalone._Process, "run", lambda self, others, listen: calls.append(listen))
    return calls


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    return Operator(tmp_path / "data", monkeypatch, capsys, PORT=str(free_port()))


def test_everything_that_is_wrong_is_said_at_once(operator, served, tmp_path):
    (tmp_path / "file").write_text("")
    operator.set(DELA_DATA_DIR=str(tmp_path / "file" / "data"), DELA_MINUTES="many", DELA_TIME_ZONE="Mars/Olympus")

    said = operator.is_refused("serve")

    for part in (
        "DELA_MAIL: no mail would leave",
        "DELA_BASE_URL: http://localhost",
        "DELA_MAIL_FROM: ",
        "DELA_COORDINATORS: ",
        "DELA_MINUTES: ",
        "DELA_TIME_ZONE: not a time zone",
        "DELA_DATA_DIR: ",
        "can't be written to",
        "dela demo",
    ):
        assert part in said
    assert served == []


def test_a_port_that_is_taken_is_said_with_the_rest(operator, served):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        operator.set(PORT=str(taken.getsockname()[1]))

        said = operator.is_refused("serve")

    assert "can't be listened at" in said
    assert "DELA_MAIL: " in said


def test_with_all_that_is_needed_it_runs_where_a_web_server_on_this_machine_reaches_it(operator, served):
    operator.set(**REAL)

    operator.types("serve")
    operator.types("serve", "--listen", "0.0.0.0")

    assert served == ["127.0.0.1", "0.0.0.0"]


def test_each_thing_alone_is_enough_to_refuse(operator, served):
    for name in ("DELA_MAIL", "DELA_MAIL_FROM", "DELA_COORDINATORS"):
        operator.set(**REAL, PORT=str(free_port()))
        operator.set(**{name: ""})
        said = operator.is_refused("serve")
        assert name in said
        assert said.count("DELA_") == 1
    assert served == []


def test_a_language_that_nobody_wrote_texts_in_is_refused(operator, served):
    operator.set(**REAL, DELA_LANGUAGE="tlh")
    said = operator.is_refused("serve")

    assert "DELA_LANGUAGE: tlh is not one of sv, en" in said
    assert operator.is_refused("plan", "2097-03-04T12:10").count("DELA_LANGUAGE") == 1
    assert served == []


def test_an_address_without_https_needs_to_be_told_of_a_proxy(operator, served):
    operator.set(**REAL)
    operator.set(DELA_BASE_URL="http://dela.forum.test", DELA_PROXIES="0")
    assert "DELA_BASE_URL: http://dela.forum.test is not https" in operator.is_refused("serve")

    operator.set(DELA_PROXIES="1")
    operator.types("serve")


@pytest.mark.parametrize("mail", ["smtp://:587", "smtp://host:port", "smtp://mail.forum.test:25?tls=off", "smtps:///x"])
def test_a_mail_server_that_can_not_be_one_is_refused(operator, served, mail):
    operator.set(**REAL)
    operator.set(DELA_MAIL=mail)

    assert "DELA_MAIL: " in operator.is_refused("serve")


def test_a_trial_needs_no_mail_server_and_no_certificate(operator, served):
    assert "This is a trial" in operator.types("serve", "--trial")
    assert served == ["127.0.0.1"]


def test_the_clouds_store_and_queue_are_not_served_at_home(operator, served):
    operator.set(**REAL)
    operator.set(DELA_STORE="firestore://p", DELA_QUEUE="cloudtasks://p/l/q")

    said = operator.is_refused("serve")

    assert "DELA_STORE: " in said
    assert "DELA_QUEUE: " in said


def test_the_demos_data_and_its_keys_are_never_served_for_real(operator, served):
    operator.types("demo")
    operator.set(**REAL)

    assert "the demo has used" in operator.is_refused("serve")
    assert "the demo has used" in operator.is_refused("serve", "--trial")
    (operator.folder / "dela.sqlite3").unlink()
    assert "the demo has used" in operator.is_refused("serve"), "its keys are known from its mailbox"
    (operator.folder / "keys.json").unlink()
    served.clear()
    operator.types("serve")
    assert served


def test_the_demo_never_runs_on_a_real_forums_data(operator, served):
    operator.types("plan", "2097-03-04T12:10")

    assert "a real forum's data are there" in operator.is_refused("demo")
    assert served == []
    assert "2097-1" in operator.types("status")
    with operator.store() as store:
        from dela.meetings.meeting import Meeting
        from dela.store.contract import Query

        assert store.count(Meeting, Query()) == 1, "nothing was seeded"


def test_the_demo_sends_nothing_by_the_real_mail_server(operator, served, monkeypatch):
    from dela.mail.outbox import Outbox

    seen = []
    monkeypatch.setattr(standalone._Process, "__init__", lambda self, ports, *_, **__: seen.append(ports))
    monkeypatch.setattr(standalone._Process, "run_everything", lambda self: None)
    operator.set(DELA_MAIL="smtp://u:p@mail.forum.test:587")

    operator.types("demo")

    assert isinstance(seen[0].mail, Outbox)


def test_keys_that_are_missing_beside_people_are_not_made_anew(operator, served):
    operator.types("plan", "2097-03-04T12:10")
    operator.set(**REAL)
    (operator.folder / "keys.json").unlink()

    assert "keys.json is missing" in operator.is_refused("serve")
    assert not (operator.folder / "keys.json").exists()

    (operator.folder / "keys.json").write_text("{}")
    assert "lacks a key" in operator.is_refused("serve")


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_without_a_traceback(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with dela(tmp_path / "a", "serve", **REAL, PORT=port) as serving:
            assert serving.popen.wait(30) == 1
            assert f"PORT: {port}" in serving.output
            assert "Traceback" not in serving.output
        taken_everywhere = dela(tmp_path / "b", "demo", PORT=port)
        with taken_everywhere as demo:
            assert demo.popen.wait(30) == 1
            assert f"PORT: {port}" in demo.output
            assert "Traceback" not in demo.output


@pytest.mark.slow
def test_nothing_of_the_demo_is_there_in_a_real_forum(tmp_path):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    port = free_port()
    with dela(tmp_path, "serve", **REAL, PORT=str(port)) as serving:
        serving.answers(f"http://127.0.0.1:{port}/signup")
        page = urlopen(f"http://127.0.0.1:{port}/signup?lang=en").read().decode()
        assert "The next date is not set yet. You are welcome to look in again." in page
        for path in ("/demo", "/demo/mailbox", "/demo/clock"):
            with pytest.raises(HTTPError) as refused:
                urlopen(f"http://127.0.0.1:{port}{path}")
            assert refused.value.code == 404
            refused.value.close()
        serving.stop()
        assert "Traceback" not in serving.output
