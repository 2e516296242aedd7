"""What every mail says and carries, for each reason and in both languages."""

import re
from datetime import timedelta
from html import unescape

import pytest

from dela.attending import mails
from tests.mailing.letters import LINKS, MEETING, new_writer, registration, written
from tests.support.forum import NOW, START, calendar_of, html_of, text_of

REASONS = mails.MAILS
METHODS = {
    **{each: each.calendar.method for each in REASONS if each.calendar is not None},
    mails.CONFIRMED: "PUBLISH",
    mails.MOVED: "PUBLISH",
    mails.CANCELLED: "CANCEL",
    mails.LEFT: "CANCEL",
}


every_mail = pytest.mark.parametrize(
    ("reason", "language"),
    [pytest.param(reason, language, id=f"{reason.name}-{language}") for reason in REASONS for language in ("sv", "en")],
)


WORDS = re.compile(r"https?://[^\s<>\"]+|\w+")


def words_of_html(html):
    """The words of a mail's HTML with each link's address in place of its label, as a text mail has it."""
    body = html.partition("</head>")[2]
    body = re.sub(r'<a\b[^>]*href="(http[^"]*)"[^>]*>.*?</a>', r" \1 ", body, flags=re.DOTALL)
    return WORDS.findall(unescape(re.sub(r"<[^>]+>", " ", body)).casefold())


@every_mail
def test_text_and_html_say_the_same(reason, language):
    mail, _ = written(reason, language)
    assert words_of_html(html_of(mail)) == WORDS.findall(text_of(mail).casefold())


@every_mail
def test_links_are_the_personal_ones_of_the_reason_and_the_public_page(reason, language):
    mail, _ = written(reason, language)
    found = set(re.findall(r"https?://\S+", text_of(mail)))
    expected = {LINKS.to(each, each.names(registration(), "1"), NOW) for each in reason.links}
    public = {LINKS.page(None, language), LINKS.page("2026-1", language)}
    assert expected <= found
    assert found - expected <= public
    assert LINKS.page(None, language) in found


@every_mail
def test_every_mail_names_the_coordinator_is_answered_to_them_and_can_be_passed_on(reason, language):
    mail, _ = written(reason, language)
    (reply_to,) = mail["Reply-To"].addresses
    assert (reply_to.display_name, reply_to.addr_spec) == ("Karin Norrby", "coordinator@example.org")
    neighbour = {"sv": "granne", "en": "neighbour"}[language]
    for body in (text_of(mail), html_of(mail)):
        assert "Karin Norrby" in body
        assert "063-555 01 00" in body
        assert neighbour in body
        assert LINKS.page(None, language) in body


@every_mail
def test_mails_that_are_not_transactional_carry_one_click_headers_each_on_one_line(reason, language):
    mail, sent = written(reason, language)
    head = sent.data.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    urls = [line for line in head if line.startswith("List-Unsubscribe:")]
    posts = [line for line in head if line.startswith("List-Unsubscribe-Post:")]
    if reason.transactional:
        assert urls == posts == []
        return
    assert posts == ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    (line,) = urls
    assert re.fullmatch(r"List-Unsubscribe: <http\S+/signup/unsubscribe/\S+>", line)
    assert "/unsubscribe/" not in text_of(mail)


def test_only_answers_to_what_the_reader_just_did_are_transactional():
    assert {mails.REMINDER, mails.MOVED, mails.CANCELLED} <= {each for each in REASONS if not each.transactional}
    assert not [each.name for each in REASONS if each.transactional and each.audience], "whom nothing asked may leave"


@every_mail
def test_the_calendar_file_comes_with_its_method_in_the_mime_type_and_in_the_file(reason, language):
    mail, _ = written(reason, language)
    part = calendar_of(mail)
    if reason not in METHODS:
        assert part is None
        return
    assert part.get_param("method") == METHODS[reason]
    assert part.get_filename() == "dela.ics"
    assert part.get_content_disposition() == "attachment"
    file = part.get_payload(decode=True)
    assert f"METHOD:{METHODS[reason]}\r\n".encode() in file
    assert re.search(rb"\r\nSEQUENCE:\d+\r\n", file), "the number stands in its own line, unfolded"
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


@every_mail
def test_mails_are_small_seven_bit_and_in_short_lines(reason, language):
    _, sent = written(reason, language, name="Åsa Öberg", email="asa@example.org")
    assert len(sent.data) < 14 * 1024
    assert sent.data.isascii()
    assert b"\0" not in sent.data
    assert sent.data.replace(b"\r\n", b"").count(b"\r") == sent.data.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(len(line) for line in sent.data.split(b"\r\n")) <= 998
    assert sent.data.endswith(b"\r\n")


@every_mail
def test_the_same_ledger_entry_is_the_same_mail_with_the_same_message_id(reason, language):
    first, second = (written(reason, language, by=new_writer())[1] for _ in range(2))
    assert first == second
    _, later = written(reason, language, now=NOW + timedelta(days=2))
    assert later.message_id == first.message_id
    assert written(reason, language)[0]["Message-ID"] == first.message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", first.message_id)


@every_mail
def test_each_header_is_there_once_and_no_other(reason, language):
    mail, _ = written(reason, language)
    expected = {"From", "Reply-To", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language"}
    expected |= {"MIME-Version", "Content-Type", "To", "Date", "Message-ID"}
    if not reason.transactional:
        expected |= {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert sorted(mail.keys()) == sorted(expected)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language
    assert mail["From"].addresses[0].addr_spec == "dela@example.org"


@pytest.mark.parametrize(
    ("reason", "language", "subject"),
    [
        (mails.CONFIRM, "sv", "Bekräfta din plats: torsdag 3 december 2026"),
        (mails.CONFIRM, "en", "Please confirm: Thursday 3 December 2026"),
        (mails.REMINDER, "en", "The meeting is in 9 days: Thursday 3 December 2026"),
    ],
)
def test_subjects_ask_for_action_and_name_the_day(reason, language, subject):
    mail, _ = written(reason, language)
    assert mail["Subject"] == subject


@every_mail
def test_when_is_said_with_weekday_civil_time_and_zone(reason, language):
    mail, _ = written(reason, language)
    if reason is mails.OWN_DATA:
        return
    when = {
        "sv": "torsdag 3 december 2026 kl 12 10 13 00 centraleuropeisk normaltid",
        "en": "thursday 3 december 2026 12 10 13 00 central european standard time",
    }
    assert when[language] in " ".join(words_of_html(html_of(mail)))
    assert when[language] in " ".join(WORDS.findall(text_of(mail).casefold()))


def test_a_confirmation_says_how_long_and_a_correction_says_the_old_time():
    assert "50 minutes" in text_of(written(mails.CONFIRMED, "en")[0])
    assert "Wednesday 2 December 2026, 12:10" in text_of(written(mails.MOVED, "en")[0])


@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_mail_to_an_unproven_address_carries_a_strangers_words(language):
    words = {"name": "Buy-cheap-things", "organisation": "Evil-Company"}
    mail, sent = written(mails.CONFIRM, language, **words)
    assert str(mail["To"]) == "anna@example.org"
    everything = sent.data.decode() + text_of(mail) + html_of(mail) + str(mail.items())
    assert not [word for word in words.values() if word in everything]


def test_an_unknown_language_reads_as_the_forums_own():
    assert written(mails.REMINDER, "de")[0]["Subject"] == written(mails.REMINDER, "sv")[0]["Subject"]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(days=7), "in 7 days"),
        (timedelta(days=1, minutes=5), "tomorrow"),
        (timedelta(hours=13), "tomorrow"),
        (timedelta(hours=11), "today"),
        (timedelta(hours=1), "in an hour"),
        (timedelta(minutes=30), "soon"),
        (timedelta(minutes=10), "in a moment"),
    ],
)
def test_a_reminder_says_how_far_away_the_meeting_is_when_it_leaves(before, words):
    mail, _ = written(mails.REMINDER, "en", MEETING, START - before)
    assert mail["Subject"] == f"The meeting is {words}: Thursday 3 December 2026"
    assert f"we meet {words}" in text_of(mail)
