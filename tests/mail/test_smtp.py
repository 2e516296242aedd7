"""What Dela makes of a mail server that misbehaves, at each stage of the conversation, against a real one."""

from itertools import pairwise
from time import monotonic

import pytest

from dela.errors import Refused, TemporaryFailure
from dela.mail import smtp_patience
from dela.mail.smtp import Smtp
from dela.parsed.mail_place import MailServer
from tests.support.mails import mail_to
from tests.support.smtp_server import SmtpServer, client_context

BEFORE_THE_MAIL = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL")
"""What goes wrong here is not about the mail: it may go another time."""
ABOUT_THE_MAIL = ("RCPT", "DATA", "DOT")
SHORT = 0.3


@pytest.fixture
def server():
    with SmtpServer(tls=True, account=("dela", "secret")) as server:
        yield server


def service(server: SmtpServer, **more) -> Smtp:
    return Smtp(server.place(), **{"timeout": SHORT, "context": client_context(), **more})


def send(server: SmtpServer, *mails, **more) -> list[str]:
    """Send in one session; the outcome of each mail."""
    outcomes = []
    with service(server, **more).session() as session:
        for mail in mails or (mail_to(),):
            try:
                session.send(mail)
                outcomes.append("sent")
            except Refused as refusal:
                outcomes.append(f"refused: {refusal}")
            except TemporaryFailure as failure:
                outcomes.append(f"later: {failure}")
    return outcomes


@pytest.mark.parametrize("stage", [*BEFORE_THE_MAIL, *ABOUT_THE_MAIL])
def test_a_4xx_means_later(server, stage):
    times = 2 if stage == "AUTH" else 1  # smtplib tries another way to sign in before it gives up
    server.misbehave(stage, "451 4.3.0 anna@example.org may try later", times=times)

    [outcome] = send(server)

    assert outcome.startswith("later: ")
    assert "451" in outcome or stage == "EHLO", "it says the code"
    assert "@" not in outcome, "and not what the server says of people"
    assert server.taken == []
    assert send(server) == ["sent"]


@pytest.mark.parametrize("stage", BEFORE_THE_MAIL)
def test_a_5xx_before_the_mail_means_later_because_it_is_not_about_the_mail(server, stage):
    server.misbehave(stage, "550 5.7.1 no")

    assert send(server)[0].startswith("later: ")
    assert server.taken == []


@pytest.mark.parametrize("stage", ABOUT_THE_MAIL)
def test_a_5xx_about_the_mail_is_final(server, stage):
    server.misbehave(stage, "550 5.1.1 <anna@example.org> unknown")

    assert send(server) == ["refused: the mail server answered 550"]


@pytest.mark.parametrize("stage", ["RCPT", "DOT"])
def test_a_full_mailbox_passes(server, stage):
    server.misbehave(stage, "552 5.2.2 mailbox full", times=1)

    assert send(server) == ["later: the mail server answered 552"]


@pytest.mark.parametrize("stage", [*BEFORE_THE_MAIL, *ABOUT_THE_MAIL])
def test_a_connection_that_closes_means_later_and_the_next_mail_has_a_new_one(server, stage):
    server.misbehave(stage, "close", times=1)

    outcomes = send(server, mail_to(number=1), mail_to(number=2))

    assert [outcome.split(":")[0] for outcome in outcomes] == ["later", "sent"]
    assert server.ids() == ["<2@example.org>"]


@pytest.mark.slow
@pytest.mark.parametrize("stage", [*BEFORE_THE_MAIL, *ABOUT_THE_MAIL])
def test_a_server_that_hangs_is_left_after_the_time_limit(server, stage):
    server.misbehave(stage, "hang", times=1)
    begun = monotonic()

    outcomes = send(server, mail_to(number=1), mail_to(number=2))

    assert [outcome.split(":")[0] for outcome in outcomes] == ["later", "sent"]
    assert SHORT <= monotonic() - begun < 8 * SHORT


@pytest.mark.parametrize("how", ["close", "hang", "451 4.3.0 later"])
def test_a_mail_that_was_taken_without_a_word_is_unknown_and_counts_as_not_sent(server, how):
    server.misbehave("TAKEN", how, times=1)

    [outcome] = send(server)
    assert outcome.startswith("later: ")
    assert send(server) == ["sent"]

    assert server.ids() == ["<1@example.org>", "<1@example.org>"], "its repetition has the same Message-ID"


@pytest.mark.slow
def test_a_server_that_drips_cannot_hold_a_mail_longer_than_the_whole_limit(server):
    server.misbehave("MAIL", "drip", seconds=0.05)
    begun = monotonic()

    [outcome] = send(server, timeout=0.5, whole=1.0)

    assert outcome.startswith("later: ")
    assert monotonic() - begun < 3


@pytest.mark.slow
def test_each_answer_within_its_limit_is_not_enough_if_the_whole_takes_too_long(server):
    for stage in ("EHLO", "MAIL", "RCPT"):
        server.misbehave(stage, "wait", seconds=0.2)

    assert send(server, timeout=1, whole=0.5)[0].startswith("later: ")
    assert "DOT" not in server.seen, "what takes too long is not sent at all"
    assert send(server, timeout=1, whole=5) == ["sent"]


def test_whoever_slept_in_the_middle_of_a_conversation_does_not_send_the_mail_any_more(server, monkeypatch):
    slept = 0.0
    monkeypatch.setattr(smtp_patience, "monotonic", lambda: monotonic() + slept)

    def sleep():
        nonlocal slept
        slept = 300.0

    server.misbehave("RCPT", sleep, times=1)

    [outcome] = send(server)
    assert outcome.startswith("later: the mail server can't be used now: "), "whichever side notices first"
    assert "DATA" not in server.seen
    assert send(server) == ["sent"]


@pytest.mark.slow
def test_a_slow_server_is_waited_for(server):
    for stage in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"):
        server.misbehave(stage, "wait", seconds=0.1)

    assert send(server) == ["sent"]


@pytest.mark.parametrize(
    ("offered", "names", "trouble"),
    [
        (False, ("localhost",), None),
        (True, ("mail.elsewhere.example",), None),
        (True, ("localhost",), "454 4.7.0 TLS not available"),
        (True, ("localhost",), "502 5.5.1 unknown command"),
        (True, ("localhost",), "close"),
        (True, ("localhost",), "hang"),
    ],
    ids=["not offered", "another's certificate", "not now", "unknown", "closes", "hangs"],
)
def test_without_tls_nothing_leaves_not_even_the_password(offered, names, trouble):
    with SmtpServer(tls=offered, names=names, account=("dela", "secret")) as server:
        if trouble:
            server.misbehave("STARTTLS", trouble)
        service = Smtp(server.place(tls=True), SHORT, client_context())
        with service.session() as session, pytest.raises(TemporaryFailure) as caught:
            session.send(mail_to())

    assert str(caught.value).startswith("the mail server can't be used now: ")
    assert server.tried_to_sign_in == []
    assert "MAIL" not in server.seen


def test_a_certificate_that_nobody_vouches_for_is_not_accepted():
    with SmtpServer(tls=True) as server:
        with Smtp(server.place(), SHORT).session() as session, pytest.raises(TemporaryFailure, match="SSLCert"):
            session.send(mail_to())
        assert "MAIL" not in server.seen


def test_with_tls_password_and_mail_go_over_it(server):
    assert send(server) == ["sent"]

    assert server.tried_to_sign_in == ["over TLS"]
    assert (server.taken[0].tls, server.taken[0].user) == (True, "dela")


def test_a_wrong_password_means_later_and_says_so():
    with SmtpServer(tls=True, account=("dela", "another")) as server:
        url = f"smtp://dela:secret@localhost:{server.port}"
        with (
            Smtp(MailServer.of(url), SHORT, client_context()).session() as session,
            pytest.raises(TemporaryFailure, match="answered 535"),
        ):
            session.send(mail_to())


PASSWORDS = ["p/#?@:%25", "hemligö", "密码 – пароль", "tr\u00e4nga+sp\u0065\u0301"]


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("user", ["dela", "dela@exämple.org"])
def test_a_user_and_password_of_any_letters_sign_in_to_a_real_server(user, password):
    with SmtpServer(tls=True, account=(user, password.replace("%25", "%"))) as server:
        place = MailServer.of(f"smtp://{user}:{password}@localhost:{server.port}")
        with Smtp(place, 5, client_context()).session() as session:
            session.send(mail_to())

        assert server.taken[0].user == user


def test_a_server_that_offers_login_only_is_signed_in_to_with_any_letters():
    with SmtpServer(tls=True, account=("dela", "hemligö"), without=("PLAIN",)) as server:
        place = MailServer.of(f"smtp://dela:hemligö@localhost:{server.port}")
        with Smtp(place, 5, client_context()).session() as session:
            session.send(mail_to())

        assert server.taken[0].user == "dela"


def test_a_server_that_offers_no_way_to_sign_in_means_later():
    with SmtpServer(tls=True, account=("dela", "hemligö"), without=("PLAIN", "LOGIN")) as server:
        place = MailServer.of(f"smtp://dela:hemligö@localhost:{server.port}")
        with Smtp(place, 5, client_context()).session() as session, pytest.raises(TemporaryFailure, match="NotSupp"):
            session.send(mail_to())


def test_mail_in_clear_is_possible_on_this_machine_only():
    with pytest.raises(ValueError, match="without TLS"):
        MailServer.of("smtp://mail.example.org:25?tls=off")
    with SmtpServer() as server, Smtp(server.place()).session() as session:
        session.send(mail_to())
    assert server.ids() == ["<1@example.org>"]


def test_an_address_that_the_server_cannot_carry_is_final_and_the_next_mail_goes_on():
    with SmtpServer(smtputf8=False) as server:
        outcomes = send(server, mail_to("räk@exämple.org", 1), mail_to("anna@example.org", 2))

    assert outcomes == ["refused: the mail server can't carry an address with such characters", "sent"]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_server_that_takes_so_many_mails_a_connection_gets_more_connections_and_nobody_waits(limit):
    with SmtpServer(mails_per_connection=limit) as server:
        outcomes = send(server, *(mail_to(number=number) for number in range(7)))

        assert outcomes == ["sent"] * 7
        assert server.connections == -(-7 // limit)


def test_a_server_that_closed_an_idle_connection_gets_a_new_one(server):
    with service(server).session() as session:
        session.send(mail_to(number=1))
        server._loop.call_soon_threadsafe(session._server.sock.shutdown, 2)
        session.send(mail_to(number=2))

    assert server.ids() == ["<1@example.org>", "<2@example.org>"]
    assert server.connections == 2


def test_one_refused_mail_does_not_cost_the_others_their_connection(server):
    server.misbehave("RCPT", "550 5.1.1 unknown", to="bad")
    server.misbehave("RCPT", "450 4.2.1 greylisted", to="grey")
    people = ("a", "bad", "b", "grey", "c")

    outcomes = send(server, *(mail_to(f"{name}@example.org", number) for number, name in enumerate(people)))

    assert [outcome.split(":")[0] for outcome in outcomes] == ["sent", "refused", "sent", "later", "sent"]
    assert server.connections == 1


def test_many_mails_go_over_one_connection_in_order(server):
    send(server, *(mail_to(number=number) for number in range(100)))

    assert server.connections == 1
    assert all(earlier.at <= later.at for earlier, later in pairwise(server.taken))
    assert server.ids() == [f"<{number}@example.org>" for number in range(100)]
