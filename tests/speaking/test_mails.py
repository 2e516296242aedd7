"""What every mail to speakers and coordinators says and carries, in both languages."""

import email
import email.policy
import re
from datetime import timedelta
from html import unescape

import pytest

from dela.mailing.letters import Letters
from dela.speaking import mails
from dela.speaking.invitation import Invitation, InvitationState, Step
from dela.speaking.lined_up import LineUp
from dela.speaking.matter import Asked
from dela.speaking.recipients import Somebody
from tests.mailing.letters import LINKS, MOVED, forum_settings
from tests.support.forum import NOW, calendar_of, html_of, text_of

WORDS = re.compile(r"https?://[^\s<>\"]+|\w+")
HOSTILE = '<b>"Anna" & \\Co</b>'
ASKING = (mails.INVITED, mails.NUDGED, mails.OFFERED, mails.MOVED)
every_mail = pytest.mark.parametrize(
    ("kind", "language"),
    [pytest.param(kind, language, id=f"{kind.name}-{language}") for kind in mails.MAILS for language in ("sv", "en")],
)


def invitation(language="sv", name=HOSTILE, **more):
    steps = [Step(state=state, at=NOW, by="speaker") for state in (InvitationState.ASKED, InvitationState.WITHDRAWN)]
    return Invitation(
        id=f"{MOVED.id}.abc",
        meeting=MOVED.id,
        person="abc",
        mailbox="abc",
        email="anna@example.org",
        name=name,
        organisation="O & <i>P</i>",
        municipality="Åre",
        language=language,
        phone="070-1",
        line="En <u>rad</u> & en till",
        history=tuple(steps),
        steps=2,
        invited_at=NOW - timedelta(days=9),
        asked_at=NOW - timedelta(days=9),
        **more,
    )


def written(kind, language, **told):
    asked = invitation(language, **told)
    other = invitation(language, "Bo", ask_again=True, suggests="Per <i>i Berg</i>").model_copy(
        update={"id": "2026-2.bo", "meeting": "2026-2", "person": "bo"}
    )
    stands = asked.model_copy(update={"id": f"{MOVED.id}.c", "person": "c", "state": InvitationState.STANDBY})
    matter: Asked | LineUp = Asked(id=asked.id, invitation=asked, meeting=MOVED, order=("x", "abc", "y"))
    reader = asked
    if kind in mails.TO_COORDINATORS:
        people = (asked, stands)
        matter = LineUp(id=f"{asked.id}.2", meeting=MOVED, asked=people, others=(other,), invitation=asked, step=2)
        reader = Somebody(MOVED.id, "k", "karin@example.org", "Karin Norrby", language)
    if kind is mails.ADDRESS:
        reader = Somebody(f"{asked.id}.1", "abc", "ny@example.org", HOSTILE, language)
    letters = Letters(forum_settings(), LINKS)
    sent = letters.letter(kind, matter, language, NOW).fill(reader, f"{kind.name}.1.x", NOW)
    return email.message_from_bytes(sent.data, policy=email.policy.default), sent, reader


@every_mail
def test_text_and_html_say_the_same_and_names_are_text(kind, language):
    mail, _, _ = written(kind, language)
    body = html_of(mail).partition("</head>")[2]
    assert not re.search(r"<(b|i|u)>", body), "nobody's words are markup"
    body = re.sub(r'<a\b[^>]*href="(http[^"]*)"[^>]*>.*?</a>', r" \1 ", body, flags=re.DOTALL)
    said = WORDS.findall(unescape(re.sub(r"<[^>]+>", " ", body)).casefold())
    assert said == WORDS.findall(text_of(mail).casefold())


@every_mail
def test_each_has_the_links_that_it_declares_and_no_other(kind, language):
    mail, _, reader = written(kind, language)
    found = {url for url in re.findall(r"https?://\S+", text_of(mail)) if "/invitation/" in url}
    assert found == {LINKS.to(link, reader.id, NOW) for link in kind.links}


@every_mail
def test_subjects_are_short_whole_and_those_that_ask_begin_with_it(kind, language):
    mail, sent, _ = written(kind, language)
    subject = str(mail["Subject"])
    assert 10 < len(subject) < 110
    assert "%(" not in subject + text_of(mail)
    if kind in ASKING:
        assert subject.startswith({"sv": "Svara gärna", "en": "Please answer"}[language])
    assert len(sent.data) < 14 * 1024
    assert sent.data.isascii()


@every_mail
def test_nobody_writes_of_a_secret(kind, language):
    mail, _, _ = written(kind, language)
    assert not re.search(r"hemlig|secret", text_of(mail).casefold())


@every_mail
def test_calendar_files_are_of_the_speakers_own_entry(kind, language):
    mail, _, _ = written(kind, language)
    part = calendar_of(mail)
    methods = {mails.CONFIRMED: "PUBLISH", mails.OUT: "CANCEL", mails.CANCELLED: "CANCEL"}
    if kind not in methods:
        assert part is None
        return
    file = part.get_payload(decode=True).decode()
    assert f"METHOD:{methods[kind]}" in file
    assert "UID:2026-1-speaker@" in file.replace("\r\n ", "")
    assert f"SEQUENCE:{MOVED.sequence + 2}\r\n" in file
    assert "karin" not in file
    assert all(len(line) <= 75 for line in part.get_payload(decode=True).split(b"\r\n"))
