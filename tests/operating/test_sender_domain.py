"""What the sender's domain publishes, and for each lack a sentence that can be sent to an IT department."""

import pytest

from dela.errors import TemporaryFailure
from dela.operating.finding import Level
from dela.operating.sender_domain import Sender, about_sender
from dela.parsed.mail_place import MailServer
from dela.parsed.mailbox import Mailbox

SENDER = Sender("forum.region.test", "mail.region.test")
GOOD = {
    "forum.region.test": ["v=spf1 ip4:192.0.2.25 -all"],
    "_dmarc.region.test": ["v=DMARC1; p=quarantine; rua=mailto:x@region.test"],
}


class Published:
    def __init__(self, texts, mail_servers=("mx.region.test",), addresses=("192.0.2.25",)) -> None:
        self._texts, self._mail_servers, self._addresses = texts, list(mail_servers), list(addresses)

    def texts(self, domain):
        return self._texts.get(domain, [])

    def mail_servers(self, domain):
        return self._mail_servers

    def addresses(self, host):
        return self._addresses


class Away:
    def texts(self, domain):
        raise TemporaryFailure("the name servers do not answer (LifetimeTimeout)")

    mail_servers = addresses = texts


def looked_at(names, sender=SENDER):
    return {finding.part: finding for finding in about_sender(names, sender)}


def test_a_domain_that_publishes_everything_is_fine_but_for_what_can_not_be_seen():
    found = looked_at(Published(GOOD))

    assert [each.level for each in found.values()] == [Level.GOOD, Level.LOOK, Level.GOOD, Level.GOOD]
    assert "names mail.region.test" in found["SPF"].text
    assert "region.test asks to quarantine" in found["DMARC"].text, "a domain above counts, too"
    assert "Does mail.region.test sign mails from forum.region.test with DKIM" in found["DKIM"].ask


@pytest.mark.parametrize(
    ("records", "level", "text", "ask"),
    [
        ([], Level.BAD, "publishes none", "publish an SPF record for forum.region.test that names mail.region.test"),
        (["v=spf1 -all", "v=spf1 a -all"], Level.BAD, "publishes 2 records", "make one record of them"),
        (["v=spf1 +all"], Level.LOOK, "lets the whole world send", "end the record in ~all or -all"),
        (["v=spf1 ip4:203.0.113.1 -all"], Level.LOOK, "does not seem to name mail.region.test", "leave from a server"),
        (["v=spf1 include:forum.region.test -all"], Level.GOOD, "names mail.region.test", ""),
    ],
)
def test_spf(records, level, text, ask):
    found = looked_at(Published({**GOOD, "forum.region.test": records}))["SPF"]

    assert found.level is level
    assert text in found.text
    assert ask in found.ask


def test_a_record_that_needs_too_many_questions_is_an_error():
    texts = {f"s{number}.other.test": [f"v=spf1 include:s{number + 1}.other.test -all"] for number in range(20)}
    texts["forum.region.test"] = ["v=spf1 include:s0.other.test -all"]

    found = looked_at(Published({**GOOD, **texts}))["SPF"]

    assert found.level is Level.BAD
    assert "more than 10 look-ups" in found.text


@pytest.mark.parametrize(
    ("records", "level", "text", "ask"),
    [
        ([], Level.LOOK, "publishes none", "at _dmarc.forum.region.test"),
        (["v=DMARC1; p=none"], Level.GOOD, "asks for nothing", ""),
        (["v=DMARC1; p=reject"], Level.GOOD, "asks to reject", "one of the two has to be right"),
        (["v=DMARC1; p=none", "v=DMARC1; p=none"], Level.BAD, "publishes 2 records", "leave one of them"),
        (["something else"], Level.LOOK, "publishes none", "at _dmarc.forum.region.test"),
    ],
)
def test_dmarc(records, level, text, ask):
    texts = {"forum.region.test": GOOD["forum.region.test"], "_dmarc.forum.region.test": records}

    found = looked_at(Published(texts))["DMARC"]

    assert (found.level, text in found.text, ask in found.ask) == (level, True, True), found


@pytest.mark.parametrize("servers", [[], ["."]])
def test_a_domain_that_takes_no_mail_is_said(servers):
    found = looked_at(Published(GOOD, mail_servers=servers))["MX"]

    assert found.level is Level.LOOK
    assert "takes no mail" in found.text


def test_without_network_each_part_says_so_and_what_to_ask_stays():
    found = looked_at(Away())

    assert [each.level for each in found.values()] == [Level.LOOK] * 4
    assert "can't be seen from here" in found["SPF"].text
    assert "Run this check where the internet can be reached" in found["MX"].ask
    assert "DKIM" in found["DKIM"].ask


def test_without_a_mail_server_the_record_is_shown():
    assert "publishes: v=spf1" in looked_at(Published(GOOD), Sender("forum.region.test", ""))["SPF"].text


def test_who_sends_is_read_from_the_settings():
    assert Sender.of(Mailbox.of("dela@Forum.Region.test"), MailServer.of("smtp://u:p@Mail.region.test:587")) == SENDER
    assert Sender.of(Mailbox.of("dela@forum.region.test"), None).host == ""
