"""What every way of sending promises (mail/contract.py): each adapter passes all of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dela.errors import TemporaryFailure
from tests.support.mails import MailHome, OutboxHome, SmtpHome, mail_to

HOMES = {
    "outbox": OutboxHome,
    "smtp": SmtpHome,
}


@pytest.fixture(params=HOMES)
def home(request, tmp_path) -> Iterator[MailHome]:
    home = HOMES[request.param](tmp_path)
    yield home
    home.close()


def test_when_send_returns_the_mail_has_arrived_as_it_was_byte_for_byte(home):
    lines = b"R\xc3\xa4k\r\n.\r\n..two dots\r\n" + b"x" * 900 + b"\r\n\r\nend\r\n"
    mail = mail_to(body=lines)

    with home.service.session() as session:
        session.send(mail)
        assert home.taken() == [mail.data]


def test_one_session_carries_many_mails_in_order(home):
    mails = [mail_to(f"person{number}@example.org", number) for number in range(50)]

    with home.service.session() as session:
        for mail in mails:
            session.send(mail)

    assert home.taken() == [mail.data for mail in mails]


def test_a_session_that_sends_nothing_opens_nothing(home):
    home.go_away()

    with home.service.session():
        pass


def test_an_address_in_any_script_is_carried(home):
    mail = mail_to("räksmörgås@exämple.org")

    with home.service.session() as session:
        session.send(mail)

    assert home.taken() == [mail.data]


def test_a_service_that_is_away_is_a_temporary_failure_and_takes_nothing(home):
    home.go_away()

    with home.service.session() as session, pytest.raises(TemporaryFailure):
        session.send(mail_to())

    home.come_back()
    assert home.taken() == []


def test_after_a_temporary_failure_the_same_session_goes_on(home):
    with home.service.session() as session:
        session.send(mail_to(number=1))
        home.go_away()
        with pytest.raises(TemporaryFailure):
            session.send(mail_to(number=2))
        home.come_back()
        session.send(mail_to(number=3))

    assert home.taken() == [mail_to(number=1).data, mail_to(number=3).data]


def test_what_a_failure_says_holds_no_address(home):
    home.go_away()

    with home.service.session() as session, pytest.raises(TemporaryFailure) as caught:
        session.send(mail_to("anna@example.org"))

    assert "@" not in str(caught.value)


def test_sessions_of_several_threads_do_not_disturb_each_other(home):
    def send(thread):
        with home.service.session() as session:
            for number in range(20):
                session.send(mail_to(number=thread * 100 + number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    expected = [mail_to(number=thread * 100 + number).data for thread in range(4) for number in range(20)]
    assert sorted(home.taken()) == sorted(expected)
