"""A name may be any human text and more: no header is injected, nothing is lost, every reader gets the same."""

import email
import email.policy
import quopri
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses
from functools import cache
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dela.attending import mails
from dela.errors import Refused
from dela.mailing.letter_pieces import Pieces, folded_value, gap, quoted_printable
from dela.mailing.letter_writing import folded
from dela.web.language import LANGUAGES
from dela.web.typed import shown
from tests.mailing.letters import MEETING, new_writer, registration, writer, written
from tests.support.forum import NOW, html_of, text_of

NASTY = [
    "Anna\r\nBcc: victim@example.org",
    "Anna\nSubject: other",
    "Anna\r\n\r\n<script>alert(1)</script>",
    '"Anna" <evil@example.org>, "x',
    "a@b.example, c@d.example",
    "Anna \\",
    'back\\slash "quote" \\"',
    "=?utf-8?q?Bank=0D=0ABcc=3A_x?=",
    "=?utf-8?b?QmFuaw==?= x",
    "(comment) Anna ;: group:;",
    "\u202eesrever\u202c",
    "محمد بن سلمان",
    "👩🏽\u200d🌾" * 40,
    "å" * 200,
    "x" * 200,
    ("y" * 59 + " ") * 3,
    ".",
    "..",
    "From here",
    " lead and trail ",
    "{{ 7 * 7 }} {name} %(name)s",
    "\x02join_url\x03",
    "\x02name\x03",
    "\u2028line\u2029separators\x85\x0b\x0c",
    "\ud800lone",
    "a=b=\t=20",
    "--=_boundary--",
    "\N{ZERO WIDTH SPACE}",
    "",
]
anybody = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=200), st.text('ab\r\n \t=?"\\<>@,;:.()\x02\x03åé👩', max_size=80)
)
reasons = st.sampled_from([reason for reason in mails.MAILS if reason is not mails.CONFIRM])


def mail_to(name, reason=mails.REMINDER, language="sv", by=None, **more):
    return written(reason, language, MEETING, by=by, name=name, **more)


def well_formed(sent, whom="anna@example.org"):
    assert sent.data.isascii() or not whom.isascii()
    assert not sent.data.replace(b"\r\n", b"").count(b"\n") + sent.data.replace(b"\r\n", b"").count(b"\r")
    assert max(len(line) for line in sent.data.split(b"\r\n")) <= 998
    assert sent.recipient == whom


plain = cache(mail_to)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(name=anybody, reason=reasons, language=st.sampled_from(sorted(LANGUAGES)))
@example(NASTY[0], mails.CONFIRMED, "sv")
@example(NASTY[11], mails.CONFIRMED, "en")
@example(NASTY[7], mails.MOVED, "sv")
def test_whatever_the_name_the_headers_stay_as_they_are_and_the_reader_gets_it_whole(name, reason, language):
    mail, sent = mail_to(name, reason, language)
    well_formed(sent)
    usual, _ = plain("Anna", reason, language)
    assert mail.keys() == usual.keys()
    assert [part.get_content_type() for part in mail.walk()] == [part.get_content_type() for part in usual.walk()]
    assert display_names(sent) == [shown(name)]
    (to,) = mail["To"].addresses
    assert to.addr_spec == "anna@example.org"
    read = shown(name).encode(errors="replace").decode()
    for body in (text_of(mail), unescape(html_of(mail))):
        assert read in body
    if len(read) > 3:
        assert text_of(mail).replace("\r\n", "\n").replace(read, "Anna") == text_of(usual).replace("\r\n", "\n")


def display_names(sent):
    """The names of the recipients as RFC 2047 reads them; Python's newer parser puts spaces between encoded words."""
    (header,) = email.message_from_bytes(sent.data, policy=email.policy.compat32).get_all("To")
    return [str(make_header(decode_header(name))) for name, _ in getaddresses([header])]


@pytest.mark.parametrize("name", ["👨‍👩‍👧‍👦 Ek", "🏳️‍🌈 Kim", "علی‌رضا", "മോഹന്‍", "Ọ̀ṣun M̄", "辻󠄀"])
@pytest.mark.parametrize("times", [1, 12])
def test_what_is_joined_in_a_name_stays_joined_in_headers_and_bodies(name, times):
    name = " ".join([name] * times)
    mail, sent = mail_to(name)
    assert display_names(sent) == [name]
    assert name in text_of(mail)
    assert name in unescape(html_of(mail))


@pytest.mark.parametrize("hidden", ["\u202e", "\u202d", "\u202b", "\u2067", "\u200f", "\u061c", "\x1b[8m", "\x9b"])
def test_a_name_that_was_stored_before_it_was_cleaned_turns_no_text_in_a_mail(hidden):
    mail, sent = mail_to(f"Anna{hidden}gpj.exe")
    assert all(hidden not in text for text in (*display_names(sent), text_of(mail), html_of(mail)))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(name=anybody, organisation=anybody, language=st.sampled_from(sorted(LANGUAGES)))
def test_the_confirmation_mail_is_the_same_whatever_a_stranger_typed(name, organisation, language):
    _, sent = mail_to(name, mails.CONFIRM, language, organisation=organisation)
    _, usual = mail_to("Anna", mails.CONFIRM, language)
    assert sent.data == usual.data


@settings(max_examples=120, deadline=None, derandomize=True)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@example("\r\n.\r\n")
@example("a \nb\t\n ")
@example("=" * 100)
@example("å\x85\x0b\x1c\x1d\x1e\u2028x")
def test_quoted_printable_gives_back_what_was_put_in_and_is_safe_on_the_wire(text):
    encoded = quoted_printable(text)
    assert quopri.decodestring(encoded).decode() == text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert line.isascii()
        assert not line.endswith((b" ", b"\t"))
        assert all(32 <= octet < 127 or octet == 9 for octet in line)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    coordinator=anybody.filter(str.strip),
    forum=st.sampled_from(["Dela", "Företagsforum, Jämtland", 'A "B" <c>', "x" * 150]),
)
def test_whatever_the_coordinators_name_headers_stay_whole(coordinator, forum):
    writer = new_writer(coordinator=coordinator, name=forum)
    mail, sent = mail_to("Anna", mails.CONFIRM, by=writer)
    well_formed(sent)
    assert mail.keys() == plain("Anna", mails.CONFIRM)[0].keys()
    (reply_to,) = mail["Reply-To"].addresses
    assert reply_to.addr_spec == "coordinator@example.org"


@pytest.mark.parametrize("before", range(60, 80))
@pytest.mark.parametrize("value", ["3", "1234567890", "https://dela.example/join/" + "t" * 150])
def test_a_gap_is_filled_in_wherever_in_a_calendar_line_it_stands(before, value):
    line = f"D:{'å' * (before // 2)}{gap('join_url')}{'z' * 80}{gap('join_url')}"
    filled = quopri.decodestring(Pieces(folded(line), folded_value).fill({"join_url": value}))
    assert filled.decode().replace("\r\n ", "") == line.replace(gap("join_url"), value)
    assert max(len(each) for each in filled.split(b"\r\n")) <= 75


@pytest.mark.parametrize("length", [10, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 200, 600])
@pytest.mark.parametrize("language", LANGUAGES)
def test_long_links_arrive_whole_in_every_part(length, language):
    """Around each length at which some encoder folds."""
    import icalendar

    base = "https://dela.example/" + "b" * length
    by = writer(base_url=base, name="Dela " + "z" * (length % 40))
    mail, sent = mail_to("Anna", mails.CONFIRMED, language, by)
    well_formed(sent)
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    (event,) = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    link = str(event["URL"])
    assert link.startswith(f"{base}/join/")
    assert str(event["LOCATION"]) == link
    assert link in str(event["DESCRIPTION"])
    assert link in text_of(mail)
    assert f'href="{link}"' in html_of(mail)


def test_a_mail_to_an_internationalised_address_carries_it_as_it_is():
    mail, sent = mail_to("Åsa", email="åsa@example.org")
    assert sent.recipient == "åsa@example.org"
    assert "åsa@example.org".encode() in sent.data
    assert mail["To"].addresses[0].display_name == "Åsa"


@pytest.mark.parametrize(
    "address", ["a b@example.org", "a@example.org>", "a@example.org\r\nBcc: x@y.z", 'a"@x.y', "a,b@x.y", "a\x00@x.y"]
)
def test_an_address_that_would_break_a_header_is_refused(address):
    with pytest.raises(Refused):
        mail_to("Anna", email=address)


def test_the_time_of_filling_is_the_date_and_links_are_signed_then():
    letter = writer().letter(mails.CONFIRMED, MEETING, "en", NOW)
    later = NOW + timedelta(days=1, seconds=3)
    sent = letter.fill(registration(MEETING, "en"), "id", later)
    mail = email.message_from_bytes(sent.data, policy=email.policy.default)
    assert mail["Date"].datetime == later
