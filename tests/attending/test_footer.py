"""The pages behind the footer, what passes the forum on, and the files that browsers ask for."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from dela.meetings.meeting import MeetingState
from dela.meetings.run_meetings import cancel_meeting
from dela.speaking.agenda import AgendaItem
from dela.speaking.past import KEPT_FOR
from tests.support.forum import START, Forum, html_of, link, text_of
from tests.support.visits import BEHIND_THE_FOOTER, personal, text_of_page

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
PAGES = ("about", "past", "your-data", "accessibility", "contact")


def page(forum, path, language="en"):
    answer = forum.web("signup").get(f"/signup/{path}?lang={language}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_is_linked_from_every_footer_in_the_readers_language(forum, path, language):
    for other in ("", *PAGES):
        assert f'href="/signup/{path}?lang={language}"' in page(forum, other, language)
    assert f'<html lang="{language}">' in page(forum, path, language)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_your_data_says_what_article_13_asks(forum, language):
    told = text_of_page(page(forum, "your-data", language))
    words = {
        "sv": ["Personuppgiftsansvarig är Regionala utvecklingsnämnden", "artikel 6.1 e", "utanför EU", "klaga", "60"],
        "en": ["The controller is Regionala utvecklingsnämnden", "article 6.1 e", "outside the EU", "complain", "60"],
    }[language]
    for word in (*words, "dataskyddsombud@example.org", "Integritetsskyddsmyndigheten", "365", "48"):
        assert word in told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_accessibility_says_what_the_regulation_asks(forum, language):
    told = text_of_page(page(forum, "accessibility", language))
    for word in ("Region Jämtland Härjedalen", "2018:1937", "WCAG 2.1", "digg.se/tdosanmalan", "2026-11-25", "063-555"):
        assert word in told
    assert "mailto:coordinator@example.org?subject=" in page(forum, "accessibility", language)


def test_both_languages_have_every_text_with_the_same_parts(forum):
    for path in PAGES:
        parts = [re.findall(r"<(h[12]|ul|ol)\b", page(forum, path, language)) for language in ("sv", "en")]
        assert parts[0] == parts[1], path


def test_no_public_page_sets_a_cookie_or_could_store_anything(forum):
    meeting = forum.meeting()
    for path in ("", meeting.id, f"{meeting.id}/thanks", f"{meeting.id}/poster", *BEHIND_THE_FOOTER):
        answer = forum.web("signup").get(f"/signup/{path}")
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text, "no storage without a script"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_what_people_type_may_become_a_record_only_where_that_is_so(tmp_path):
    forum = Forum(tmp_path, public_records=False)
    forum.meeting()
    for path in ("", *PAGES):
        assert "public record" not in page(forum, path)
    forum.close()


# What was shared


def test_past_meetings_tell_what_was_shared_after_the_end_and_with_consent_only(forum):
    meeting = forum.meeting()
    silent = forum.ports.store.get(AgendaItem, f"{meeting.id}.2")
    forum.ports.store.transact(lambda store: store.put(silent.model_copy(update={"consent": False})))
    following = forum.meeting(START + 30 * DAY)
    for at in (forum.now, START - SECOND, START + 10 * MINUTE):
        forum.at(at)
        assert "Hulda" not in page(forum, "past") + page(forum, "")
    forum.travel(START + DAY)
    for path in ("past", ""):
        told = page(forum, path)
        assert f"Ett-okänt-ämne-{meeting.id}-1x" in told
        assert silent.subject not in told
        assert silent.name not in told
        assert f"-{following.id}-" not in told


def test_a_meeting_that_was_closed_too_early_tells_nothing_before_its_end(forum):
    """As by a clock that was wrong and set back."""
    meeting = forum.meeting()
    closed = meeting.model_copy(update={"state": MeetingState.CLOSED})
    forum.ports.store.transact(lambda store: store.put(closed))
    for at in (START - DAY, START + 10 * MINUTE):
        assert "Hulda" not in page(forum.at(at), "past")


def test_a_cancelled_meeting_is_no_past_one(forum):
    meeting = forum.meeting()
    cancel_meeting(forum.ports, meeting.id, forum.now)
    forum.travel(START + DAY)
    assert "Hulda" not in page(forum, "past")


def test_who_takes_back_their_consent_is_gone_from_the_pages_in_minutes(forum):
    meeting = forum.meeting()
    forum.travel(START + DAY)
    assert f"{meeting.id}-1x" in page(forum, "past")
    for number in (1, 2, 3):
        item = forum.ports.store.get(AgendaItem, f"{meeting.id}.{number}")
        forum.ports.store.transact(lambda store, item=item: store.put(item.model_copy(update={"consent": False})))
    forum.at(forum.now + KEPT_FOR)
    assert "Hulda" not in page(forum, "past") + page(forum, "")


# Passing it on


def test_a_link_that_is_shared_has_a_preview(forum):
    meeting = forum.meeting()
    told = page(forum, meeting.id)
    assert '<meta property="og:title" content="50 minutes online, Thu 3 Dec 12:10">' in told
    assert '<meta property="og:image" content="http://localhost:8080/signup/fells.png">' in told
    assert f'<link rel="canonical" href="http://localhost:8080/signup/{meeting.id}?lang=en">' in told
    assert 'property="og:description" content="Business owners' in told
    cancel_meeting(forum.ports, meeting.id, forum.now)
    assert 'property="og:title" content="Cancelled: 50' in page(forum, meeting.id)


def test_the_picture_is_light_large_enough_and_kept_for_a_day(forum):
    answer = forum.web("signup").get("/signup/fells.png")
    assert answer.mimetype == "image/png"
    assert "max-age" in answer.headers["Cache-Control"]
    assert len(answer.data) < 30_000
    assert Image.open(BytesIO(answer.data)).size == (1200, 630)


@pytest.mark.parametrize(("name", "size"), [("favicon.ico", (32, 32)), ("apple-touch-icon.png", (180, 180))])
def test_icons_are_answered_at_signup_and_at_the_root(forum, name, size):
    from werkzeug.test import Client

    from dela.operating.serving import _to_the_public_page, application

    at_home = Client(application(forum.ports, _to_the_public_page))
    for answer in (at_home.get(f"/{name}"), at_home.get(f"/signup/{name}")):
        assert answer.status_code == 200
        assert Image.open(BytesIO(answer.data)).size == size


def test_a_ready_text_passes_on_the_public_link_and_never_a_personal_one(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting, language="en")
    forum.deliver()
    told = forum.open(f"{personal(forum, 'confirm', id)}?lang=en").text
    words = re.search(r"<blockquote>(.*?)</blockquote>", told, re.DOTALL)[1]
    assert words.endswith(f"http://localhost:8080/signup/{meeting.id}")
    sms, mail = re.findall(r'href="((?:sms|mailto):\?[^"]+)"', told)
    for url in (sms, mail):
        assert f"http%3A//localhost%3A8080/signup/{meeting.id}" in url
        assert "/join/" not in url
    assert "Pass this on" in text_of(forum.last_mail)
    passed_on = text_of(forum.last_mail).partition("Pass this on")[2].partition("Change something")[0]
    assert f"/signup/{meeting.id}" in passed_on
    assert "/join/" not in passed_on
    assert "/join/" in link(forum.last_mail, "/join/")
    assert "Come along?" in html_of(forum.last_mail)
