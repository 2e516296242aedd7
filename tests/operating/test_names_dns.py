"""The domain name system, asked for real."""

import pytest

from dela.errors import TemporaryFailure
from dela.operating import names_dns
from dela.operating.names_dns import DnsNames
from tests.support.name_server import NameServer
from tests.support.process import free_port

ZONE = {
    ("forum.test.", "TXT"): ['"v=spf1 include:" "provider.test -all"', '"another"'],
    ("forum.test.", "MX"): ["10 second.forum.test.", "9 first.forum.test."],
    ("null.test.", "MX"): ["0 ."],
    ("mail.forum.test.", "A"): ["192.0.2.25", "192.0.2.26"],
    ("mail.forum.test.", "AAAA"): ["2001:db8::25"],
}


@pytest.fixture
def names():
    with NameServer(ZONE) as server:
        yield DnsNames(["127.0.0.1"], server.port)


def test_what_is_published_is_read(names):
    assert sorted(names.texts("forum.test")) == ["another", "v=spf1 include:provider.test -all"], "parts are joined"
    assert names.mail_servers("forum.test") == ["first.forum.test", "second.forum.test"], "the preferred first"
    assert names.mail_servers("null.test") == ["."]
    assert sorted(names.addresses("mail.forum.test")) == ["192.0.2.25", "192.0.2.26", "2001:db8::25"]


def test_what_is_not_published_is_an_empty_answer(names):
    assert names.texts("nobody.test") == []
    assert names.texts("mail.forum.test") == []
    assert names.mail_servers("mail.forum.test") == []
    assert names.addresses("nobody.test") == []


def test_an_address_is_its_own_answer(names):
    assert names.addresses("192.0.2.1") == ["192.0.2.1"]
    assert names.addresses("2001:db8::1") == ["2001:db8::1"]


def test_what_can_not_be_a_name_is_a_failure_that_is_said(names):
    for name in ("a..test", "x" * 70 + ".test"):
        with pytest.raises(TemporaryFailure):
            names.texts(name)


def test_servers_that_do_not_answer_are_waited_for_once_and_not_for_long(monkeypatch):
    monkeypatch.setattr(names_dns, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(names_dns, "LIFETIME_SECONDS", 0.2)
    with NameServer(ZONE, silent=True) as server:
        names = DnsNames(["127.0.0.1"], server.port)
        for ask in (names.texts, names.mail_servers, names.addresses):
            with pytest.raises(TemporaryFailure, match="do not answer"):
                ask("forum.test")


def test_nobody_at_the_other_end_is_said(monkeypatch):
    monkeypatch.setattr(names_dns, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(names_dns, "LIFETIME_SECONDS", 0.2)

    with pytest.raises(TemporaryFailure):
        DnsNames(["127.0.0.1"], free_port()).texts("forum.test")


def test_an_answer_that_is_an_error_is_said():
    with NameServer(ZONE, broken=True) as server, pytest.raises(TemporaryFailure):
        DnsNames(["127.0.0.1"], server.port).texts("forum.test")


def test_servers_that_know_nothing_of_the_internet_do_not_make_it_look_as_if_nothing_were_published():
    local = {("local.test.", "A"): ["192.0.2.1"]}

    with NameServer(local, root=False) as server, pytest.raises(TemporaryFailure, match="know nothing of the internet"):
        DnsNames(["127.0.0.1"], server.port).texts("forum.test")
