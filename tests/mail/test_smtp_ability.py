"""Whether the server carries an address is known before anybody is thanked, and asking it holds up nobody."""

from threading import Event
from time import monotonic

import pytest

from dela.mail import smtp_ability
from dela.mail.smtp import Smtp
from dela.mail.smtp_ability import ASKED_AGAIN_SECONDS, REMEMBERED_SECONDS, Ability
from tests.support.mails import mail_to
from tests.support.smtp_server import SmtpServer, client_context


@pytest.fixture
def clock(monkeypatch):
    """Seconds to add to the machine's clock: a list of one."""
    later = [0.0]
    monkeypatch.setattr(smtp_ability, "monotonic", lambda: monotonic() + later[0])
    return later


def wait_until(true) -> None:
    give_up = monotonic() + 10
    while not true():
        assert monotonic() < give_up


@pytest.mark.parametrize("able", [True, False])
def test_the_server_is_asked_once_and_only_when_somebody_wants_to_know(able):
    with SmtpServer(smtputf8=able, tls=True, account=("dela", "secret")) as server:
        service = Smtp(server.place(), 5, client_context())
        assert server.connections == 0

        assert [service.carries_any_script() for _ in range(5)] == [able] * 5
        assert server.connections == 1
        assert server.seen.count("MAIL") == 0
        server.wait_for_silence()


@pytest.mark.parametrize("able", [True, False])
def test_who_has_sent_a_mail_knows_it_without_asking(able):
    with SmtpServer(smtputf8=able) as server:
        service = Smtp(server.place())
        with service.session() as session:
            session.send(mail_to())
        assert service.carries_any_script() is able
        assert server.connections == 1
        service._kept.close()


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "STARTTLS", "AUTH"])
@pytest.mark.parametrize("how", ["close", "451 4.3.0 later", "550 5.7.1 no"])
def test_a_server_that_is_away_refuses_nobody_and_is_left_alone_for_a_minute(stage, how, clock):
    with SmtpServer(smtputf8=False, tls=True, account=("dela", "secret")) as server:
        service = Smtp(server.place(), 5, client_context())
        server.misbehave(stage, how)
        assert [service.carries_any_script() for _ in range(5)] == [True] * 5
        server.wait_for_silence()
        assert server.connections == 1

        server.behave()
        clock[0] += ASKED_AGAIN_SECONDS
        assert not service.carries_any_script(), "when it is back, it is asked again"


def test_a_server_that_hangs_is_waited_for_a_moment_in_all_however_many_ask():
    with SmtpServer(smtputf8=False) as server:
        server.misbehave("EHLO", "hang")
        service = Smtp(server.place(), timeout=20)
        service._any_script._waits = 0.2
        begun = monotonic()
        assert [service.carries_any_script() for _ in range(100)] == [True] * 100
        assert monotonic() - begun < 2
        assert server.connections <= 1


def test_an_answer_is_remembered_for_an_hour_and_who_comes_then_does_not_wait_for_the_new_one(clock):
    asked, hold = [], Event()

    def ask() -> bool:
        asked.append(True)
        return len(asked) > 1 and hold.wait(30)

    ability = Ability(ask, waits=30)
    assert ability.known() is False
    clock[0] += REMEMBERED_SECONDS - 1
    assert ability.known() is False
    assert len(asked) == 1

    clock[0] += 2
    begun = monotonic()
    assert ability.known() is False
    assert monotonic() - begun < 10
    hold.set()
    wait_until(ability.known)


def test_a_server_that_goes_away_later_is_taken_to_be_what_it_was(clock):
    answers = iter([False])
    ability = Ability(lambda: next(answers), waits=10)
    assert ability.known() is False

    for _ in range(3):
        clock[0] += REMEMBERED_SECONDS + 1
        assert ability.known() is False
        wait_until(lambda: not ability._asking)
