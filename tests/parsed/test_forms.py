"""Each form in which an operator may type a setting becomes the one that machines compare, or a sentence."""

from pathlib import Path

import pytest

from dela.parsed.hosts import domain, host
from dela.parsed.mail_place import MailFolder, MailServer, mail_place
from dela.parsed.mailbox import Mailbox
from dela.parsed.telephone import ringing
from dela.parsed.text import unquoted, words_in_quotes
from dela.parsed.web_address import site_origin, web_address

WORDS = r"[a-z ]{10}"
"""What a sentence has, whatever it says."""


@pytest.mark.parametrize(
    ("typed", "name", "address"),
    [
        ("karin@example.org", "", "karin@example.org"),
        (" <karin@example.org> ", "", "karin@example.org"),
        ("Karin Norrby <karin@example.org>", "Karin Norrby", "karin@example.org"),
        ('"Norrby, Karin" <karin@example.org>', "Norrby, Karin", "karin@example.org"),
        (r'"Karin \"Kajsa\" N" <karin@example.org>', 'Karin "Kajsa" N', "karin@example.org"),
        ('"a <b> c" <karin@example.org>', "a <b> c", "karin@example.org"),
        ("Åsa <asa@ÅRE.Example>", "Åsa", "asa@xn--re-xia.example"),
        ("asa@straße.example", "", "asa@xn--strae-oqa.example"),
        ("asa@例え。テスト", "", "asa@xn--r8jz45g.xn--zckzah"),
        ("Asa@EXAMPLE.org", "", "Asa@example.org"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_a_mailbox_is_a_name_and_an_address_that_every_server_takes(typed, name, address):
    mailbox = Mailbox.of(typed)

    assert (mailbox.name, mailbox.address) == (name, address)
    assert str(mailbox) == f"{mailbox}" == address, "as text it is right in any header"
    assert Mailbox.of(f'"{name}" <{address}>' if '"' not in name else typed) == mailbox


@pytest.mark.parametrize(
    "typed",
    [
        *("", "karin", "@example.org", "karin@", "a b@example.org", "karin@exa mple.org", "karin@example..org"),
        *("karin@example.org>", "Karin <karin@example.org", "Karin <karin@example.org> x", "<<a@example.org>>"),
        *("räksmörgås@example.org", "karin@[192.0.2.1]", "karin@192.0.2.1", "karin@-example.org", "karin@a_b.org"),
        *(".karin@example.org", "a..b@example.org", '"a b"@example.org', "a@example.org, b@example.org"),
        *(
            "Karin\r\nBcc: x@example.org <a@example.org>",
            "Karin <a@example.org\n>",
            "a\x00@example.org",
            "a@\ud800.org",
        ),
        *("=?utf-8?q?a?=@example.org", f"{'a' * 65}@example.org", f"a@{'b' * 64}.org", f"a@{'b.' * 130}org", "a@😀.x"),
    ],
)
def test_what_is_no_mailbox_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"^(not|has|holds|names) "):
        Mailbox.of(typed)


def test_a_link_to_write_is_a_whole_link_whatever_signs_are_in_the_address():
    assert Mailbox.of("a%b?c&d=e#f/g@example.org").mailto == "mailto:a%25b%3Fc%26d%3De%23f%2Fg@example.org"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ('"Dela <dela@example.org>"', "Dela <dela@example.org>"),
        ("'Dela'", "Dela"),
        (' " Dela " \r', "Dela"),
        ('"Dela" <dela@example.org>', '"Dela" <dela@example.org>'),
        ('"a@example.org","b@example.org"', '"a@example.org","b@example.org"'),
        ("'\"x\"'", '"x"'),
        ("O'Neill'", "O'Neill'"),
        ('"', '"'),
        ('""', ""),
    ],
)
def test_one_pair_of_quotes_around_a_whole_value_goes_and_no_other(typed, kept):
    assert unquoted(typed) == kept


def test_a_comma_between_quotes_does_not_end_a_name():
    assert words_in_quotes('"Norrby, Karin" <k@x>, b@x,, "c\\", d" <e@x>') == (
        '"Norrby, Karin" <k@x>',
        "b@x",
        '"c\\", d" <e@x>',
    )
    assert words_in_quotes('5" disk <a@x>, b@x') == ('5" disk <a@x>', "b@x")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("https://www.example.org/", "https://www.example.org"),
        ("HTTPS://WWW.Example.ORG", "https://www.example.org"),
        ("https://www.example.org:443", "https://www.example.org"),
        ("http://www.example.org:80/", "http://www.example.org"),
        ("http://www.example.org:443", "http://www.example.org:443"),
        ("https://www.example.org:8443", "https://www.example.org:8443"),
        ("https://www.östersund.example", "https://www.xn--stersund-m4a.example"),
        ("http://[2001:DB8::0:1]:8080", "http://[2001:db8::1]:8080"),
        ("http://192.0.2.1", "http://192.0.2.1"),
    ],
)
def test_an_origin_is_as_browsers_send_it(typed, origin):
    assert site_origin(typed) == site_origin(origin) == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("*", "null", "www.example.org", "ftp://example.org", "https://", "https:///x", "https://example.org:x"),
        *("https://example.org:65536", "https://a@example.org", "https://example.org?x", "https://example.org#x"),
        *("https://www.example.org/sign-up", "https://*.example.org", "https://exa mple.org", "https://a\\b.org"),
        *("http://127.1", "http://1.2.3.256", "http://[::1", "http://[x]", "https://example.org.", "https://-x.org"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(typed):
    with pytest.raises(ValueError, match=WORDS):
        site_origin(typed)


def test_an_address_that_links_begin_with_is_kept_with_its_path_and_without_what_would_break_them():
    assert web_address("HTTPS://Dela.Example.org:443/Forum//") == "https://dela.example.org/Forum"
    assert web_address("https://å.example/åre <x>") == "https://xn--5ca.example/%C3%A5re%20%3Cx%3E"
    for broken in ("https://x.org/?a", "https://x.org/#a", "https://x.org/%zz", "//x.org", "https://u:p@x.org"):
        with pytest.raises(ValueError, match=WORDS):
            web_address(broken)


def test_hosts_are_lower_case_and_may_be_called_as_containers_are():
    assert host("Mail_Relay") == "mail_relay"
    with pytest.raises(ValueError, match="can't exist"):
        domain("mail_relay")


@pytest.mark.parametrize(
    ("account", "user", "password"),
    [
        ("dela:Geheim", "dela", "Geheim"),
        ("dela%40example.org:p%40ss%3Aword", "dela@example.org", "p@ss:word"),
        ("dela@example.org:Geheim", "dela@example.org", "Geheim"),
        ("dela:Ge/he#im?&=+ @:x", "dela", "Ge/he#im?&=+ @:x"),
        ("dela:100%25", "dela", "100%"),
        ("dela:hemligö", "dela", "hemligö"),
        ("dela:hemlig%C3%B6", "dela", "hemligö"),
        ("åsa:密码", "åsa", "密码"),
        ("dela://:@", "dela", "//:@"),
        ("dela:[::1]", "dela", "[::1]"),
    ],
)
def test_a_password_is_understood_as_it_was_pasted_and_as_urls_write_it(account, user, password):
    for place, named, port in (("mail.example.org:587", "mail.example.org", 587), ("[::1]:25", "::1", 25)):
        server = mail_place(f"smtp://{account}@{place}")
        assert isinstance(server, MailServer)
        assert (server.user, server.password, server.host, server.port) == (user, password, named, port)
        assert password not in repr(server)


def test_a_mail_server_has_its_kind_of_tls_and_its_usual_port():
    def kind(text: str) -> tuple[str, int, str]:
        server = MailServer.of(text)
        return server.host, server.port, server.tls

    assert kind("smtp://Mail.Example.org") == ("mail.example.org", 587, "starttls")
    assert kind("SMTPS://u:p@mail.östersund.example/") == ("mail.xn--stersund-m4a.example", 465, "at once")
    assert kind("smtp://localhost:25?tls=off") == ("localhost", 25, "off")
    assert mail_place("outbox:/var/mails") == MailFolder(Path("/var/mails"))
    assert mail_place("") is None


SECRET = "Xq7Zk9Wv"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            f"smtp://dela:{SECRET}",
            f"smtp://dela:{SECRET}%zz@mail.example.org",
            f"smtp://dela:{SECRET}%ff@mail.example.org",
        ),
        *(
            f"smtp://dela:{SECRET}%0d%0a@mail.example.org",
            f"smtp://dela:{SECRET}@",
            f"smtp://:{SECRET}@mail.example.org",
        ),
        *(f"smtp://dela:{SECRET}@mail.example.org:5x7", f"smtp://dela:{SECRET}@mail.example.org:0"),
        *(f"smtp://dela:{SECRET}@mail.example.org/inbox", f"smtp://dela:{SECRET}@mail.example.org?tls=maybe"),
        *(f"smtp://dela:{SECRET}@mail.example.org?tls=off", f"smtps://dela:{SECRET}@localhost?tls=off"),
        *(f"smtp:dela:{SECRET}@mail.example.org", f"imap://dela:{SECRET}@mail.example.org", SECRET, "outbox:"),
        *(f"smtp://{SECRET}@mail.example.org", f"smtp://dela:@{SECRET}..example.org", f"smtp://a:b@{SECRET}:x"),
    ],
)
def test_a_mail_place_that_is_none_is_refused_and_nothing_of_it_is_repeated(typed):
    with pytest.raises(ValueError, match=WORDS) as refused:
        mail_place(typed)

    chain: BaseException | None = refused.value
    while chain is not None:
        assert SECRET.lower() not in str(chain).lower()
        chain = chain.__cause__ or chain.__context__


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("063-555 01 00", "tel:0635550100"),
        ("+46 63 555 01 00", "tel:+46635550100"),
        ("+46 (0)63-555 01 00", "tel:+46635550100"),
        ("(063) 555 01 00", "tel:0635550100"),
        ("063-555 01 00, ankn. 12", "tel:0635550100"),
        ("063-555 01 00 / 070-123 45 67", "tel:0635550100"),
        ("0711/12345", "tel:071112345"),
        ("Växel 063-555 01 00 (vardagar)", "tel:0635550100"),
        ("+46 10 555 01 00,,1234#", "tel:+46105550100,,1234%23"),
        ('1"><script>', "tel:1"),
        ("1", "tel:1"),
        ("ring mig", ""),
        ("", ""),
    ],
)
def test_the_first_number_of_a_text_is_what_rings(typed, link):
    assert ringing(typed) == link
