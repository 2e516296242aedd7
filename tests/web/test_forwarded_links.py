"""A mail gets passed on: what who was forwarded a link sees, reaches and causes (docs/decisions/0010)."""

import re
from datetime import timedelta
from html import unescape

import pytest

from dela.attending.ask_by_mail import ASKED_A_DAY
from dela.attending.links import LINKS
from dela.declarations import DECLARATIONS
from dela.web.links import Link, Sees
from tests.support.forum import START, text_of
from tests.support.process import ROOT
from tests.support.visits import personal

NAME, ADDRESS = "Kajsa Unmistakable", "kajsa@unmistakable.example"
LEADS_TO = {"confirm": {"join", "calendar"}, "manage": {"join", "calendar"}}
"""The personal links that a page shows; the others show none."""
MOMENTS = (
    START - timedelta(days=8),
    START - timedelta(minutes=5),
    START + timedelta(minutes=5),
    START + timedelta(days=1),
)


@pytest.fixture
def kajsa(forum):
    id = forum.confirmed(forum.meeting(), ADDRESS, name=NAME)
    forum.deliver()
    return id


def seen_at(forum, link: Link, id: str, moment) -> str:
    answer = forum.at(moment).open(personal(forum, link, id, moment))
    assert answer.status_code == 200
    return unescape(answer.text)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_a_page_shows_of_its_owner_what_its_link_declares_and_no_more(forum, kajsa, link):
    shown = Sees.NOBODY
    waiting = forum.sign_up(forum.meeting(START + timedelta(days=91)), ADDRESS, name=NAME)
    texts = [seen_at(forum, link, waiting, forum.now), *(seen_at(forum, link, kajsa, each) for each in MOMENTS)]
    for text in texts:
        shown |= (Sees.NAME if NAME in text else Sees.NOBODY) | (Sees.ADDRESS if ADDRESS in text else Sees.NOBODY)

    assert shown == link.shows


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_a_page_leads_to_no_other_personal_page_than_is_meant(forum, kajsa, link):
    paths = {each.name: each.path.partition("{")[0] for each in LINKS}
    found = set()
    for moment in MOMENTS:
        urls = re.findall(r'href="([^"]+)"', seen_at(forum, link, kajsa, moment))
        found |= {name for name, path in paths.items() if any(path in url for url in urls)}

    assert found - {name for name, path in paths.items() if path == paths[link.name]} == LEADS_TO.get(link.name, set())


def test_every_link_that_is_mailed_is_tried_here():
    assert {each for each in DECLARATIONS if isinstance(each, Link)} >= set(LINKS)


def test_who_holds_the_join_link_has_the_link_to_the_registration_mailed_to_its_owner(forum, kajsa):
    url = personal(forum, "join", kajsa)
    before = forum.registration(kajsa)
    answer = forum.open(url, "POST", data={"action": "manage"})
    forum.deliver()

    assert "/manage/" not in answer.text
    assert forum.registration(kajsa) == before, "it is no way into the room"
    assert forum.last_mail["To"].addresses[0].addr_spec == ADDRESS
    assert "/signup/manage/" in text_of(forum.last_mail)


@pytest.mark.parametrize(("link", "action"), [("join", "manage"), ("manage", "export"), ("manage", "erase")])
def test_however_often_a_link_is_asked_for_its_owner_gets_a_few_mails_a_day(forum, kajsa, link, action):
    sent = len(forum.mails)
    url = personal(forum, link, kajsa)
    for _ in range(150):
        assert forum.open(url, "POST", data={"action": action}).status_code == 200
        forum.later(minutes=5).deliver()

    assert 0 < len(forum.mails) - sent <= ASKED_A_DAY * 2, "150 times within two days by the calendar"


def test_the_record_has_a_row_for_every_link():
    record = (ROOT / "docs" / "decisions" / "0010-forwarded-links.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|", record, re.MULTILINE)

    assert rows == [each.name for each in DECLARATIONS if isinstance(each, Link)]
