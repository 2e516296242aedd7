"""One system of states: each has a headline, a colour, a title, a next step and a button, declared once."""

import re
from datetime import timedelta

import pytest

from dela.attending.standing import TAKES_SIGN_UPS, Standing
from dela.attending.states import STATES
from dela.mailing.kinds import MailKind
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.web.language import translations
from dela.web.states import Leads, Tone
from tests.support.forum import START, Forum, link
from tests.support.process import ROOT
from tests.support.visits import personal, said, text_of_page

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PAGES = ROOT / "templates" / "pages"


def test_every_standing_is_declared_once_and_complete():
    assert set(STATES) == set(Standing)
    for standing, state in STATES.items():
        assert state.title, standing
        assert state.headline, standing
        assert state.step, standing
        assert bool(state.button) is (state.leads is not Leads.NOWHERE), standing


def test_every_tone_has_its_colour_on_pages_and_in_mails():
    style = (PAGES / "style.css").read_text()
    mails = (ROOT / "templates" / "mails" / "_macros.html").read_text()
    for tone in Tone:
        assert re.search(rf"\.{tone}\b[^{{}}]*{{--warm:", style), tone
        assert f'"{tone}": "#' in mails


def test_no_page_words_a_state_anew():
    """The declared words stand in no template."""
    words = {
        text for state in STATES.values() for text in (state.headline, state.title, state.button) if len(text) > 12
    }
    found = {
        (path.name, text)
        for path in PAGES.glob("*.html")
        for text in words
        if f"%}}{text}{{%" in path.read_text() and path.name not in ("past.html", "error.html")
    }
    assert found == set()


def test_mails_about_a_state_begin_with_its_word(forum):
    states = {kind.name: kind.state for kind in forum.ports.declared.all(MailKind) if kind.state}
    for name in ("cancelled", "moved"):
        subject = (ROOT / "templates" / "mails" / name / "subject.txt").read_text()
        assert f"%}}{states[name].label}: " in subject


@pytest.mark.parametrize("language", ["sv", "en"])
def test_during_the_meeting_the_page_says_now_and_until_when(forum, language):
    meeting = forum.meeting()
    ends = {"sv": "13.00", "en": "13:00"}[language]

    def page():
        return forum.web("signup").get(f"/signup/{meeting.id}?lang={language}").text

    forum.at(START - MINUTE)
    assert said("We are meeting now, until %(ends)s", language, ends=ends) not in text_of_page(page())
    forum.at(START)
    assert said("We are meeting now, until %(ends)s", language, ends=ends) in text_of_page(page())
    assert said("Sign up and come in", language) in page()
    thanks = text_of_page(forum.web("signup").get(f"/signup/{meeting.id}/thanks?lang={language}").text)
    assert {"sv": "Öppna mejlet", "en": "Open the mail"}[language] in thanks
    assert ends in thanks


def test_cancelled_is_seen_in_heading_title_date_and_colour_and_is_not_indexed(forum):
    meeting = forum.meeting()
    assert 'content="index"' in forum.web("signup").get(f"/signup/{meeting.id}").text
    cancel_meeting(forum.ports, meeting.id, forum.now)
    page = forum.web("signup").get(f"/signup/{meeting.id}?lang=en").text
    assert "<h1>This meeting is cancelled</h1>" in page
    assert "<title>Cancelled: Thursday 3 December 2026" in page
    assert re.search(r"<s><time[^>]*>Thursday 3 December 2026</time></s>", page)
    assert '<body class=" stop">' in page
    assert 'content="noindex"' in page


def test_a_moved_meeting_still_takes_sign_ups_and_says_so(forum):
    meeting = forum.meeting()
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    page = forum.web("signup").get(f"/signup/{meeting.id}?lang=en").text
    assert "New time" in text_of_page(page)
    assert "<s>Thursday 3 December, 12:10</s>" in page
    assert "Sign me up" in page
    assert Standing.MOVED in TAKES_SIGN_UPS


@pytest.mark.parametrize("language", ["sv", "en"])
def test_who_is_registered_and_opens_an_old_link_of_the_confirmation_reads_that_and_can_have_the_ask_for_links_again(
    forum, language
):
    id = forum.confirmed(forum.meeting(), language=language)
    forum.deliver()
    old = personal(forum, "confirm", id)
    forum.later(hours=49)
    page = forum.open(f"{old}?lang={language}")
    assert page.status_code == 200
    assert said("You are registered", language) in text_of_page(page.text)
    assert "/join/" not in page.text, "what only their own mails hold is not shown"
    before = len(forum.mails)
    for _ in range(2):
        assert forum.open(old, "POST", data={"action": "again"}).status_code == 200
        forum.deliver().later(minutes=1)
    assert len(forum.mails) == before + 1
    assert "/join/" in link(forum.last_mail, "/join/")


def test_an_old_link_of_somebody_who_is_not_registered_says_what_to_do(forum):
    id = forum.sign_up(forum.meeting())
    old = personal(forum, "confirm", id)
    forum.later(hours=49)
    for method in ("GET", "POST"):
        page = forum.open(f"{old}?lang=en", method)
        assert page.status_code == 410
        assert "Sign up again" in page.text
    assert forum.open(old, "POST", data={"action": "again"}).status_code == 410


def test_the_join_page_does_not_ask_whether_one_cannot_come_while_the_meeting_goes_on(forum):
    url = personal(forum, "join", forum.confirmed(forum.meeting()))
    assert "Can&#39;t come?" in forum.at(START - MINUTE).open(f"{url}?lang=en").text or (
        "Can't come?" in forum.open(f"{url}?lang=en").text
    )
    assert "t come?" not in forum.at(START).open(f"{url}?lang=en").text


def test_the_subject_is_said_in_the_readers_language(tmp_path):
    forum = Forum(tmp_path, subject="skog", subject_translations=("en=forestry",))
    assert forum.settings.subject_in("en") == "forestry"
    assert forum.settings.subject_in("sv") == "skog"
    assert forum.settings.model_copy(update={"subject": "digitalisering"}).subject_in("en") == "forestry"
    forum.close()
    assert translations("sv").gettext("Now") == "Nu"
