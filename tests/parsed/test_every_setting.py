"""Whatever is accepted as a setting: every mail is ASCII and free of defects, every link on a page is one."""

import email
import email.policy
import re
from email.message import EmailMessage
from html import unescape
from urllib.parse import unquote

import icalendar
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from dela.attending import mails
from dela.mailing.letter_pieces import one_line
from dela.mailing.letters import Letters
from dela.operating.trial_mail import trial_mail
from dela.parsed.mailbox import Mailbox
from dela.parsed.text import is_one_line
from dela.settings import Settings, SettingsError, variable
from dela.web.language import LANGUAGES
from dela.web.links import Links
from dela.web.site import site_of
from tests.mailing.letters import written
from tests.support.forum import NOW, calendar_of, html_of

SIGNS = "ab\r\n\t =?\"'\\<>@,;:.()[]/#%&+-_åß例é👩\u200d\u202e\u2028\x00\x7f\x85"
LETTERS = "ÅRE.Example", "straße.de", "例え。テスト", "مثال.إختبار"
words = st.one_of(
    st.text(max_size=40), st.text(SIGNS, max_size=30), st.sampled_from(["Dela", "=?utf-8?q?x?=", "x" * 200])
)
domains = st.one_of(
    st.sampled_from(["example.org", *LETTERS, "xn--re-xia.se", "[::1]"]),
    st.text("aB1-_.åß例。", min_size=1, max_size=20),
)
locals_ = st.one_of(
    st.sampled_from(["karin", "k.n+x", "a%b?c#d", "=?utf-8?q?x?="]),
    st.text("aB1.!#$%&'*+/=?^_`{|}~-å", max_size=12),
)
addresses = st.builds("{}@{}".format, locals_, domains)
mailboxes = st.one_of(
    addresses,
    st.builds("<{}>".format, addresses),
    st.builds("{} <{}>".format, words, addresses),
    st.builds('"{}" <{}>'.format, words, addresses),
    words,
)
paths = st.one_of(st.just(""), words.map("/{}".format))
urls = st.builds(
    "{}://{}{}{}".format, st.sampled_from(["https", "HTTP"]), domains, st.sampled_from(["", ":443", ":81"]), paths
)
quotes = st.sampled_from(["{}", '"{}"', "'{}'", " {} \r"])


def typed(values):
    """A value as it may stand in an env-file."""
    return st.builds(lambda form, value: form.format(value), quotes, values)


ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={
        variable("name"): typed(words),
        variable("region"): typed(words),
        variable("subject"): typed(words),
        variable("municipalities"): typed(words),
        variable("coordinator_name"): typed(words),
        variable("coordinator_phone"): typed(st.one_of(words, st.text("+()0123456789 -/,#*x", max_size=20))),
        variable("mail_from"): typed(mailboxes),
        variable("coordinators"): typed(st.lists(mailboxes, min_size=1, max_size=2).map(",".join)),
        variable("base_url"): typed(urls),
        variable("origins"): typed(urls),
        variable("delivery_url"): typed(urls),
        variable("caller"): typed(addresses),
        variable("language"): st.sampled_from(sorted(LANGUAGES)),
    },
)
KEYS = {"DELA_SECRET_KEYS": "the-key-of-the-tests", "DELA_IDENTITY_KEY": "the-identity-of-the-tests"}


def sound(data: bytes) -> EmailMessage:
    """The mail, which is ASCII and which a strict parser reads without finding a fault in any header of any part."""
    assert data.isascii()
    mail = email.message_from_bytes(data, policy=email.policy.default)
    for part in mail.walk():
        assert part.defects == []
        for name, value in part.items():
            assert list(value.defects) == [], (name, value)
            assert is_one_line(str(value))
    return mail


def whose(mail: EmailMessage, name: str) -> str:
    (mailbox,) = mail[name].addresses
    return mailbox.addr_spec


def is_link(url: str, base: str) -> bool:
    if url.startswith("tel:"):
        return re.fullmatch(r"tel:\+?(?:[0-9*,]|%23)+", url) is not None
    if url.startswith("mailto:"):
        return re.fullmatch(r"mailto:[A-Za-z0-9%@!$*+._~-]+", url) is not None
    return url.startswith((f"{base}/", "data:", "#")) and re.fullmatch(r"[!-~]+", url) is not None


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(environment=ENVIRONMENTS, language=st.sampled_from(sorted(LANGUAGES)))
@example({"DELA_COORDINATORS": "Karin Norrby <karin@example.org>"}, "sv")
@example({"DELA_MAIL_FROM": '"Dela <dela@example.org>"', "DELA_NAME": '"Dela"'}, "sv")
@example({"DELA_MAIL_FROM": "Åre <dela@åre.example>", "DELA_COORDINATORS": "Åsa <asa@åre.example>"}, "en")
@example({"DELA_BASE_URL": "https://åre.example/forum/"}, "en")
@example({"DELA_COORDINATOR_PHONE": "063-555 01 00, växel", "DELA_COORDINATORS": "a%41b@x.org"}, "sv")
def test_whatever_is_accepted_every_mail_and_page_is_well_formed(environment, language):
    known, refused = Settings.usable({**environment, **KEYS})
    assert all(sentence.isprintable() for sentence in refused.values())
    by = Letters(known, Links(known))
    for reason in mails.MAILS:
        mail, sent = written(reason, language, by=by)
        sound(sent.data)
        assert whose(mail, "From") == sent.sender == known.mail_from.address
        assert whose(mail, "Reply-To") == known.reply_to.address
        assert mail["From"].addresses[0].display_name == one_line(known.mail_from.name or known.name)
        assert re.fullmatch(r"<[0-9a-f]+@[a-z0-9.-]+>", sent.message_id)
        assert all(is_link(url, known.base_url) for url in links_of(html_of(mail)))
        if (attached := calendar_of(mail)) is not None:
            assert len(icalendar.Calendar.from_ical(attached.get_payload(decode=True)).walk("VEVENT")) == 1
    tried = trial_mail(known, "Åsa <asa@åre.example>", NOW)
    assert whose(sound(tried.data), "To") == tried.recipient == "asa@xn--re-xia.example"
    page = site_of(known).pages.render(
        "error.html",
        language,
        code="server",
        signup_url=known.base_url + "/signup",
        here=known.base_url + "/signup",
    )
    assert all(is_link(url, known.base_url) for url in links_of(page))
    assert Mailbox.of(unquote(known.reply_to.mailto.removeprefix("mailto:"))) == Mailbox("", known.reply_to.address)
    for url in (known.base_url, *known.origins, known.delivery_url):
        assert url.isascii()
        place = url.split("/")[2] if url else ""
        assert place == place.lower()


def links_of(html: str) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="([^"]*)"', html)]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(environment=ENVIRONMENTS)
def test_settings_are_used_or_refused_and_nothing_else_is_raised(environment):
    """A second reading of what was kept keeps the same: it is in its one form already."""
    try:
        known = Settings.from_environment(environment)
    except SettingsError:
        return
    assert Settings.model_validate_json(known.model_dump_json()) == known


def test_what_breaks_lines_is_refused_in_every_setting():
    for field in Settings.model_fields:
        for broken in ("a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\x85b", "a\u2028b", "a\udcffb"):
            _, problems = Settings.usable({variable(field): broken})
            assert field in problems, (field, broken)
            assert broken not in problems[field]


def test_the_name_that_stands_with_a_coordinators_address_is_the_one_that_answers_go_to():
    told = {"DELA_COORDINATORS": "Karin Norrby <karin@example.org>", "DELA_COORDINATOR_NAME": "The office"}
    known = Settings.from_environment({**KEYS, **told})
    mail, _ = written(mails.CONFIRMED, by=Letters(known, Links(known)))

    assert str(mail["Reply-To"]) == "Karin Norrby <karin@example.org>"
