"""Looking at a mail server: each step that fails says what to do about it, and nothing secret is in it."""

import socket
import ssl
from threading import Thread

import pytest

from dela.errors import Refused
from dela.operating.mail_probe import probe
from dela.parsed.mail_place import MailServer
from tests.support.process import free_port
from tests.support.smtp_server import SmtpServer, client_context

ACCOUNT = ("dela", "geheim")


def refused(url, **more) -> str:
    with pytest.raises(Refused) as error:
        probe(MailServer.of(url), **{"timeout": 1.0, "context": client_context(), **more})
    assert "geheim" not in str(error.value)
    return str(error.value)


def test_a_server_that_works_is_said_to_and_gets_no_mail():
    with SmtpServer(tls=True, account=ACCOUNT) as server:
        said = probe(server.place(), context=client_context())

        assert said == f"localhost, port {server.port}: connected, encrypted, logged in"
        assert server.taken == []
    with SmtpServer() as server:
        assert probe(server.place()).endswith("connected, not encrypted, without logging in")


def test_a_wrong_password_is_said():
    with SmtpServer(tls=True, account=ACCOUNT) as server:
        url = server.url().replace("geheim", "geheimnis")

        assert "does not accept the user and password in DELA_MAIL" in refused(url)


def test_a_certificate_that_nobody_vouches_for_or_for_another_name_is_said():
    with SmtpServer(tls=True) as server:
        assert "certificate is not valid" in refused(server.url(), context=ssl.create_default_context())
    with SmtpServer(tls=True, names=("elsewhere.test",)) as server:
        context = client_context()
        assert "certificate is not valid" in refused(server.url(), context=context)


def test_a_server_without_tls_is_refused_before_the_password_is_told():
    with SmtpServer() as server:
        assert "offers no encryption" in refused(f"smtp://dela:geheim@localhost:{server.port}")
        assert server.tried_to_sign_in == []


def test_the_wrong_kind_of_tls_names_the_ports():
    with SmtpServer(tls=True) as server:
        said = refused(server.url().replace("smtp://", "smtps://"))

        assert "smtps:// is for port 465" in said


def test_nobody_there_no_such_host_and_silence_are_told_apart():
    assert "nothing answers there" in refused(f"smtp://127.0.0.1:{free_port()}")
    assert "no server of that name" in refused("smtp://no-such-host.invalid:587")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert "does not answer" in refused(f"smtp://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2)


def test_a_server_that_turns_away_or_hangs_up_is_said():
    with SmtpServer() as server:
        server.misbehave("CONNECT", "554 5.7.1 go away")
        assert "refuses to talk" in refused(server.url())
    with SmtpServer() as server:
        server.misbehave("CONNECT", "close")
        assert "closed the connection" in refused(server.url())


def test_a_server_that_speaks_something_else_is_said():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def answer():
            client, _ = listening.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        refused(f"smtp://127.0.0.1:{listening.getsockname()[1]}?tls=off")
