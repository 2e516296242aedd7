"""What a mail server that misbehaves means for people: nobody is lost, nobody else waits, nothing leaves in clear."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from dela.mail.smtp import Smtp
from dela.mailing.ledger import Message, MessageState
from dela.store.contract import Query
from tests.support.forum import START, Forum
from tests.support.smtp_server import SmtpServer, client_context

DAY = timedelta(days=1)
NOT_NOW = ["451 4.3.0 later", "close"]
SHORT = 0.3

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    with SmtpServer(tls=True, account=("dela", "secret")) as server:
        yield server


@pytest.fixture
def forum(tmp_path, server):
    forum = Forum(tmp_path)
    forum.ports = replace(forum.ports, mail=Smtp(server.place(), SHORT, client_context()))
    yield forum
    forum.close()


def remind(forum, people: int) -> None:
    forum.crowd(forum.meeting(), people)
    forum.at(START - DAY).run()


def go_on(forum, minutes: int) -> None:
    end = forum.now + timedelta(minutes=minutes)
    while forum.now < end:
        forum.later(minutes=1).deliver()


def recipients(server) -> list[str]:
    return sorted(mail.recipient for mail in server.taken)


def everybody(people: int) -> list[str]:
    return sorted(f"person{number}@example.org" for number in range(people))


def messages(forum) -> list[Message]:
    return list(forum.ports.store.query(Message, Query(limit=500)))


@pytest.mark.parametrize("how", [*NOT_NOW, "550 5.7.1 no"])
@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL"])
def test_whatever_is_wrong_with_the_server_itself_is_waited_for_and_everyone_gets_one_mail(forum, server, stage, how):
    server.misbehave(stage, how)
    remind(forum, 8)
    go_on(forum, 12)
    assert server.taken == []
    outcomes = {each.outcome for each in messages(forum)}
    assert all(outcome.startswith("the mail server ") and "@" not in outcome for outcome in outcomes)

    server.behave()
    go_on(forum, 35)

    assert recipients(server) == everybody(8)
    assert {each.state for each in messages(forum)} == {MessageState.SENT}
    assert set(server.tried_to_sign_in) <= {"over TLS"}


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "DOT"])
def test_who_is_refused_for_good_is_recorded_with_the_reason_and_the_others_do_not_wait(forum, server, stage):
    server.misbehave(stage, "550 5.1.1 <person3@example.org> unknown", to="person3@")
    remind(forum, 8)

    assert recipients(server) == [each for each in everybody(8) if each != "person3@example.org"]
    [failed] = [each for each in messages(forum) if each.state is not MessageState.SENT]
    assert (failed.state, failed.outcome) == (MessageState.FAILED, "the mail server answered 550")
    server.behave()
    go_on(forum, 90)
    assert "person3@example.org" not in recipients(server), "it is final"


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("how", [*NOT_NOW, "552 5.2.2 mailbox full"])
def test_who_is_put_off_gets_it_later_and_the_others_do_not_wait(forum, server, stage, how):
    server.misbehave(stage, how, to="person3@")
    remind(forum, 8)
    assert recipients(server) == [each for each in everybody(8) if each != "person3@example.org"]

    go_on(forum, 10)
    tries = server.seen.count(stage)
    assert tries >= 4, "it was tried again"
    server.behave()
    go_on(forum, 20)

    assert recipients(server) == everybody(8)


def test_a_greylisting_server_gets_each_mail_a_second_time_and_takes_it(forum, server):
    for number in range(8):
        server.misbehave("RCPT", "450 4.7.1 greylisted", to=f"person{number}@", times=1)
    remind(forum, 8)
    go_on(forum, 30)

    assert recipients(server) == everybody(8)


@pytest.mark.parametrize("how", ["close", "hang"])
def test_mails_that_were_taken_without_a_word_come_again_with_the_same_id_and_nothing_else_does(forum, server, how):
    server.misbehave("TAKEN", how, times=2)
    remind(forum, 8)
    go_on(forum, 5)

    assert set(recipients(server)) == set(everybody(8))
    assert Counter(Counter(server.ids()).values()) == {1: 6, 2: 2}
    assert len(set(server.ids())) == 8


def test_a_server_that_hangs_costs_a_page_three_waits_and_then_it_is_given_a_rest(forum, server):
    server.misbehave("RCPT", "hang")
    remind(forum, 8)
    assert server.seen.count("RCPT") == 3
    server.behave()
    go_on(forum, 10)

    assert recipients(server) == everybody(8)


def test_a_server_that_takes_one_mail_a_connection_delays_nobody(tmp_path):
    with SmtpServer(mails_per_connection=1) as server:
        forum = Forum(tmp_path, mail=server.url())
        remind(forum, 8)
        forum.close()

        assert recipients(server) == everybody(8)


def test_a_server_that_loses_its_tls_in_the_middle_of_a_page_gets_nothing_more_until_it_is_back(forum, server):
    def lose_tls() -> None:
        if len(server.taken) == 3:
            server.misbehave("STARTTLS", "454 4.7.0 TLS not available")
            server.misbehave("MAIL", "close")

    server.misbehave("TAKEN", lose_tls)
    remind(forum, 8)
    go_on(forum, 5)
    assert len(server.taken) == 3

    server.behave()
    go_on(forum, 20)
    assert recipients(server) == everybody(8)
    assert all(mail.tls for mail in server.taken)
    assert set(server.tried_to_sign_in) == {"over TLS"}


def test_who_has_an_address_that_the_server_cannot_carry_is_recorded_and_the_others_get_theirs(tmp_path):
    """Known before they sign up, they would be told; this server became like that later."""
    with SmtpServer() as server:
        forum = Forum(tmp_path, mail=server.url())
        meeting = forum.meeting()
        forum.at(START - DAY - timedelta(hours=1)).confirmed(meeting, "råd@example.org")
        server.smtputf8 = False
        forum.confirmed(meeting, "anna@example.org")
        forum.deliver().at(START - DAY).run()
        failed = {each.outcome for each in messages(forum) if each.state is MessageState.FAILED}
        forum.close()

        assert set(recipients(server)) == {"anna@example.org"}
        assert failed == {"the mail server can't carry an address with such characters"}
