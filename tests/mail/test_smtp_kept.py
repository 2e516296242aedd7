"""A conversation is kept for the next mail, and whatever becomes of it meanwhile, each mail is sent once."""

import os
import subprocess
import sys
from threading import Thread
from time import monotonic

import pytest

from dela.errors import Refused, TemporaryFailure
from dela.mail import smtp_kept
from dela.mail.contract import Mail
from dela.mail.smtp import FAREWELL_SECONDS, MOST_KEPT, Smtp
from tests.support.mails import mail_to
from tests.support.process import ROOT
from tests.support.smtp_server import SmtpServer, client_context

PATIENT = 10.0
BEFORE_THE_MAIL = ("CONNECT", "EHLO", "STARTTLS", "AUTH")
ABOUT_THE_MAIL = ("RCPT", "DATA", "DOT")
BREAKS = ["close", "421 4.3.2 closing", "451 4.3.0 later", "550 5.7.1 no"]


@pytest.fixture
def server():
    with SmtpServer(tls=True, account=("dela", "secret")) as server:
        yield server


@pytest.fixture
def service(server):
    service = Smtp(server.place(), PATIENT, client_context(), kept=30)
    yield service
    service._kept.close()


def send(service: Smtp, number: int = 1, to: str = "anna@example.org") -> str:
    """Send one mail in a session of its own; its outcome."""
    try:
        with service.session() as session:
            session.send(mail_to(to, number))
    except Refused:
        return "refused"
    except TemporaryFailure:
        return "later"
    return "sent"


def test_mails_that_follow_each_other_go_over_one_connection_and_sign_in_once(server, service):
    assert [send(service, number) for number in range(20)] == ["sent"] * 20

    assert server.ids() == [f"<{number}@example.org>" for number in range(20)]
    assert server.connections == len(server.tried_to_sign_in) == 1


@pytest.mark.parametrize("stage", BEFORE_THE_MAIL)
def test_what_is_wrong_with_connecting_does_not_touch_a_kept_conversation(server, service, stage):
    send(service, 1)
    server.misbehave(stage, "close")

    assert send(service, 2) == "sent"
    assert server.ids() == ["<1@example.org>", "<2@example.org>"]


@pytest.mark.parametrize("how", BREAKS)
def test_a_kept_conversation_that_ends_at_mail_is_begun_anew_and_the_mail_is_sent_once(server, service, how):
    send(service, 1)
    server.misbehave("MAIL", how, times=1)

    assert send(service, 2) == "sent"
    assert server.ids() == ["<1@example.org>", "<2@example.org>"]
    assert server.connections == 2


@pytest.mark.slow
def test_a_kept_conversation_that_died_without_a_word_costs_one_wait_and_the_mail_is_sent_once(server):
    service = Smtp(server.place(), 1.0, client_context(), kept=30)
    send(service, 1)
    server.misbehave("MAIL", "hang", times=1)
    begun = monotonic()

    assert send(service, 2) == "sent"
    assert 1.0 <= monotonic() - begun < 8.0
    assert server.ids() == ["<1@example.org>", "<2@example.org>"]
    service._kept.close()


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("stage", ABOUT_THE_MAIL)
def test_a_kept_conversation_that_breaks_in_a_mail_is_as_any_other_that_does(server, service, stage, how):
    send(service, 1)
    server.misbehave(stage, how, times=1)

    assert send(service, 2) == ("refused" if how.startswith("5") else "later"), "and not tried again at once"
    assert send(service, 3) == "sent"
    assert server.ids() == ["<1@example.org>", "<3@example.org>"]


@pytest.mark.parametrize("how", ["close", "421 4.3.2 closing"])
def test_a_mail_that_a_kept_conversation_took_without_a_word_is_not_repeated_by_the_session(server, service, how):
    send(service, 1)
    server.misbehave("TAKEN", how, times=1)

    assert send(service, 2) == "later"
    assert server.ids() == ["<1@example.org>", "<2@example.org>"]
    assert send(service, 3) == "sent"


@pytest.mark.parametrize("saying", [b"", b"421 4.4.2 idle for too long\r\n"])
@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_hangs_up_meanwhile_loses_no_mail_and_gets_none_twice(tls, saying):
    with SmtpServer(tls=tls) as server:
        service = Smtp(server.place(), PATIENT, client_context(), kept=30)
        for number in range(3):
            assert send(service, number) == "sent"
            server.hang_up(saying=saying)

        assert server.ids() == [f"<{number}@example.org>" for number in range(3)]
        assert server.connections == 3


def test_a_server_that_restarted_meanwhile_gets_the_mail(service, server):
    with SmtpServer() as first:
        service = Smtp(first.place(), PATIENT)
        send(service, 1)
    with SmtpServer(port=first.port) as second:
        assert send(service, 2) == "sent"
        assert second.ids() == ["<2@example.org>"]
        service._kept.close()


@pytest.mark.parametrize("limit", [1, 3])
def test_a_server_that_takes_so_many_mails_a_connection_gets_no_more_connections_than_that_needs(limit):
    with SmtpServer(mails_per_connection=limit) as server:
        service = Smtp(server.place(), PATIENT)
        assert [send(service, number) for number in range(7)] == ["sent"] * 7
        assert server.connections == -(-7 // limit)
        service._kept.close()


def test_after_some_seconds_without_a_mail_the_conversation_ends_politely_by_itself(server):
    service = Smtp(server.place(), PATIENT, client_context(), kept=0.05)
    for number in range(2):
        send(service, number)
        server.wait_for_silence()

    assert server.seen.count("QUIT") == server.connections == 2
    assert len(server.taken) == 2


@pytest.mark.slow
def test_a_server_that_hangs_at_the_farewell_holds_up_nobody(server):
    service = Smtp(server.place(), PATIENT, client_context(), kept=30)
    server.misbehave("QUIT", "hang")
    send(service)
    begun = monotonic()
    service._kept.close()

    assert monotonic() - begun < FAREWELL_SECONDS + 2


def test_keeping_makes_no_more_connections_than_there_were_sessions_at_work(server, service):
    for round in range(2):
        with service.session() as one, service.session() as other, service.session() as third:
            for number, session in enumerate((one, other, third)):
                session.send(mail_to(number=10 * round + number))
            assert server.talking == 3
    # Of the three some are kept, and only what is missing is connected anew.
    assert server.connections == 3 + (3 - MOST_KEPT)
    service._kept.close()
    server.wait_for_silence()


def test_of_a_crowd_only_some_are_kept(server, service):
    threads = [Thread(target=send, args=(service, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(server.ids()) == sorted(f"<{number}@example.org>" for number in range(8))
    assert len(service._kept._idle) <= MOST_KEPT


def test_one_that_outlived_its_time_while_the_machine_slept_is_not_used(server, service, monkeypatch):
    monkeypatch.setattr(smtp_kept.Thread, "start", lambda thread: None)  # it slept as well
    send(service, 1)
    monkeypatch.setattr(smtp_kept, "monotonic", lambda: monotonic() + 60)

    assert send(service, 2) == "sent"
    assert server.connections == 2


def test_a_conversation_that_was_left_in_the_middle_of_a_mail_is_not_kept(server, service):
    send(service, 1)
    with pytest.raises(TypeError), service.session() as session:
        session.send(Mail("dela@example.org", "anna@example.org", "<2@example.org>", data=None))

    assert send(service, 3) == "sent"
    assert (server.ids(), server.connections) == (["<1@example.org>", "<3@example.org>"], 2)


def test_a_mail_that_left_has_left_although_no_thread_can_be_started_any_more(server, service, monkeypatch):
    """A process that ends refuses new threads; the mail must be recorded all the same, or it leaves again."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(smtp_kept.Thread, "start", refuse)
    with service.session() as session:
        session.send(mail_to())
    monkeypatch.undo()

    server.wait_for_silence()
    assert server.ids() == ["<1@example.org>"]


SCRIPT = """
import os, sys
from dela.mail.contract import Mail
from dela.mail.smtp import Smtp
from dela.parsed.mail_place import MailServer

service = Smtp(MailServer.of(sys.argv[1]), kept=60)

def send(number):
    with service.session() as session:
        data = f"Message-ID: <{number}@example.org>\\r\\n\\r\\nHello\\r\\n".encode()
        session.send(Mail("dela@example.org", "anna@example.org", f"<{number}@example.org>", data))

send(1)
if "fork" in sys.argv:
    child = os.fork()
    send(2 if child else 3)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    send(4)
"""


def run(server: SmtpServer, *more: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    subprocess.run([sys.executable, "-c", SCRIPT, server.url(), *more], env=env, check=True, timeout=60)


def test_the_end_of_the_process_ends_its_conversations_politely():
    with SmtpServer() as server:
        run(server)
        server.wait_for_silence()
        assert (len(server.taken), server.seen.count("QUIT")) == (1, 1)


def test_a_fork_shares_no_conversation():
    with SmtpServer() as server:
        run(server, "fork")
        server.wait_for_silence()
        assert sorted(server.ids()) == [f"<{number}@example.org>" for number in (1, 2, 3, 4)]
        assert server.connections == 3, "before the fork, the child's, the parent's"
        by_mail = {each.message_id: each.connection for each in server.taken}
        assert by_mail["<2@example.org>"] == by_mail["<4@example.org>"]
