"""What browsers, robots and telephones' keyboards ask for by themselves is answered sensibly at home."""

from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from werkzeug.test import Client

from dela.attending.links import MANAGE
from dela.operating.serving import _to_the_public_page, application
from tests.support.visits import LINKS, everything, personal, readable_addresses

ASKED_FOR = ("/robots.txt", "/favicon.ico", "/Signup", "/SIGNUP/", "/Join/abc")


@pytest.fixture
def home(forum):
    return Client(application(forum.ports, _to_the_public_page))


def test_robots_may_see_the_public_page_and_nothing_behind_a_personal_link(forum, home):
    answer = home.get("/robots.txt")
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    meeting = forum.meeting()
    addresses = readable_addresses(forum, meeting, forum.confirmed(meeting))
    public = addresses[: -len(LINKS)]

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    for url in addresses:
        path = urlsplit(url).path
        assert robots.can_fetch("Googlebot", path) == (url in public), path
    assert robots.can_fetch("Googlebot", "/")


def test_the_icon_is_in_the_pages_and_asking_for_it_is_no_error(home):
    assert home.get("/favicon.ico").status_code == 204


def test_a_functions_name_in_capitals_leads_to_it_with_all_that_follows(forum, home):
    id = forum.confirmed(forum.meeting())
    base = forum.settings.base_url
    link = personal(forum, MANAGE, id)
    for asked, told in (
        ("/Signup", "/signup"),
        ("/SIGNUP/", "/signup/"),
        ("/sIgnup/2026-1?lang=sv&x=%20%0d%0aA:b", "/signup/2026-1?lang=sv&x=%20%0d%0aA%3Ab"),
        (link.removeprefix(base).replace("/signup", "/Signup"), link.removeprefix(base)),
        ("/JOIN/AbC%20%0d%0aA:b", "/join/AbC%20%0D%0AA%3Ab"),
    ):
        answer = home.get(asked, headers={"Host": "evil.example"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == base + told
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert home.get("/Signup", follow_redirects=True).status_code == 200


@pytest.mark.parametrize("path", ["/Robots.txt", "/signups", "/Signups", "/ſignup", "/Reminders", "/-"])
def test_what_is_none_of_it_is_the_usual_page_with_the_way_to_the_public_page(forum, home, path):
    answer = home.get(path, headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert f"{forum.settings.base_url}/signup" in answer.text


@pytest.mark.parametrize("path", ASKED_FOR)
def test_it_is_for_get_and_head_only(home, path):
    get, head = home.get(path), home.head(path)

    assert get.status_code in (200, 204, 303)
    assert (head.status_code, head.data) == (get.status_code, b"")
    assert dict(head.headers) == dict(get.headers)
    for method in ("POST", "PUT", "DELETE"):
        assert home.open(path, method=method).status_code == 404


def test_the_store_is_not_asked(forum, home):
    forum.meeting()
    reads, stored = forum.ports.store.operations.reads, everything(forum)
    for path in ASKED_FOR:
        home.get(path)

    assert forum.ports.store.operations.reads == reads
    assert everything(forum) == stored
