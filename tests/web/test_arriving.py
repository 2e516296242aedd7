"""A mailed link opens with whatever programs and people put around it, and no signature is worth less for that."""

import string
from importlib import import_module
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from dela.attending.links import CALENDAR, CONFIRM, LINKS
from dela.declarations import DECLARATIONS
from dela.errors import NotFound
from dela.operating.serving import application
from dela.web.arriving import as_mailed, language_asked
from dela.web.links import Link
from dela.wiring import ENDPOINTS
from tests.support.forum import NOW, Forum
from tests.support.visits import links_of, personal

APPENDED = [
    *".,;:!?)]>}'\"”’»…*_~|\\`-–",
    ").",
    ">.",
    "...",
    "&gt;",
    "&amp;lang=en",
    "&lang=en",
    " ",
    "\n",
    "\u00a0",
    "\u200b",
    " Thank you",
    ".Thanks",
    "%20",
    "%3E",
    "=",
    "/",
]
BROKEN = ["=\r\n", "=\n", "\r\n", "\n", "\r\n ", " ", "\t", "=", "\u00ad", "\u200b", "\u2060"]
QUERIES = ["?lang=en{}", "?lang=3Den{}", "?amp;lang=en{}", "?utm_source=mail&amp;lang=en{}", "?lang=en{}&amp;x=y"]


@pytest.fixture(scope="module")
def forum(tmp_path_factory):
    forum = Forum(tmp_path_factory.mktemp("forum"))
    yield forum
    forum.close()


@pytest.fixture(scope="module")
def meeting(forum):
    return forum.meeting()


@pytest.fixture(scope="module")
def registration(forum, meeting):
    return forum.confirmed(meeting)


def url_of(forum, link, registration) -> str:
    return personal(forum, link.purpose, registration)


def opened(forum, url, **more):
    answer = forum.open(url, **more)
    return answer.status_code, answer.mimetype, answer.headers.get("Content-Language")


DECLARED = [each for each in DECLARATIONS if isinstance(each, Link)]
ALPHABET = frozenset(string.ascii_letters + string.digits + "-_.")
links = st.sampled_from(LINKS)
appended = st.lists(st.sampled_from(APPENDED), min_size=1, max_size=3).map("".join)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(link=links, after=appended, method=st.sampled_from(["GET", "HEAD"]))
def test_every_mailed_link_opens_with_whatever_follows_it(forum, registration, link, after, method):
    url = url_of(forum, link, registration)
    assert opened(forum, url + quote(after, safe="/"), method=method)[:2] == opened(forum, url, method=method)[:2]
    assert opened(forum, url)[0] == 200


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    link=links,
    breaks=st.lists(st.tuples(st.integers(0, 100), st.sampled_from(BROKEN)), min_size=1, max_size=3),
    after=st.one_of(st.just(""), appended),
)
def test_every_mailed_link_opens_wherever_its_lines_were_broken(forum, registration, link, breaks, after):
    url = url_of(forum, link, registration)
    start, token = url.rpartition("/")[0], url.rpartition("/")[2]
    for place, broken in breaks:
        place %= len(token)
        token = token[:place] + broken + token[place:]
    assert opened(forum, f"{start}/{quote(token + after, safe='/')}")[0] == 200, token


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
@pytest.mark.parametrize("after", ["", ".", ")", "%29.", "&gt;", "&quot;", "%E2%80%9D", "=", "&amp;"])
@pytest.mark.parametrize("query", QUERIES)
def test_the_language_of_a_link_is_found_in_whatever_became_of_it(forum, registration, link, query, after):
    url = url_of(forum, link, registration)
    status, _, language = opened(forum, url + query.format(after))
    assert status == 200
    assert link is CALENDAR or language == "en"


@pytest.mark.parametrize("encoded", ["%3Flang=en", "%3Flang%3Den", "%253Flang%253Den", "%26lang=en.", "&amp;lang=en)"])
def test_a_query_that_became_a_part_of_the_path_is_found_too(forum, meeting, registration, encoded):
    for url in (url_of(forum, CONFIRM, registration), links_of(forum).page(meeting.id)):
        assert opened(forum, url + encoded) == (200, "text/html", "en")


@pytest.mark.parametrize("after", [each for each in APPENDED if each not in (".Thanks", "\u200b")], ids=ascii)
def test_the_public_page_opens_with_whatever_follows_its_link(forum, meeting, after):
    at_home = Client(application(forum.ports, lambda request, ports: pytest.fail(f"not to {request.path}")))
    for path in ("/signup", f"/signup/{meeting.id}", f"/signup/{meeting.id}/thanks"):
        for client in (forum.web("signup"), at_home):
            assert client.get(path + quote(after, safe="/")).status_code == 200, path


def test_the_form_behind_a_link_with_something_after_it_posts_to_the_link_itself_and_would_to_the_other(forum, meeting):
    url = url_of(forum, CONFIRM, forum.sign_up(meeting, "bo@example.org"))
    shown = forum.open(f"{url}%29.").text
    assert f'<form method="post" action="{url}?lang=sv"' in shown
    assert forum.open(f"{url}%29.", "POST").status_code == 303


def made(forum, link: Link) -> str:
    return links_of(forum).to(link, "2026-1.abcdefghijklmnopqrstuvwxyz", NOW)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    link=links,
    place=st.integers(0, 200),
    change=st.one_of(st.characters(), st.text("abcXYZ019._-", min_size=1, max_size=3), st.sampled_from(["", ".", "/"])),
    insert=st.booleans(),
)
@example(LINKS[0], 42, "", False)
def test_a_token_in_which_anything_is_changed_opens_nothing(forum, link, place, change, insert):
    """Only what was never a part of a token may be passed over: breaks inside it, anything behind it."""
    url = made(forum, link)
    token = url.rpartition("/")[2].removesuffix(".ics")
    place %= len(token) - 1
    changed = token[:place] + change + token[place + (0 if insert else 1) :]
    path = as_mailed(url.removeprefix(forum.settings.base_url).replace(token, changed), paths(link))
    found = path.rpartition("/")[2].removesuffix(".ics")
    try:
        links_of(forum).open(link, found, NOW)
    except NotFound:
        return
    assert "".join(each for each in changed if each in ALPHABET) == token


def paths(link: Link):
    """What the function that a link leads to takes for a path with a token."""
    return import_module(ENDPOINTS[link.path.split("/")[1]])._endpoint._token_paths


@settings(max_examples=300, deadline=None, derandomize=True)
@given(link=st.sampled_from(DECLARED), after=appended)
def test_whatever_room_declares_a_link_what_follows_it_is_cut_off_at_the_edge(link, after):
    path = link.path.format(token=f"2026-1.{'a' * 26}.awVSEA.{'b' * 43}")
    assert as_mailed(path + after, paths(link)) == path
    assert as_mailed(path, paths(link)) == path


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_path_comes_it_becomes_one_and_the_same_again(path, query):
    once = as_mailed(f"/{path}")
    assert once.startswith("/")
    assert as_mailed(once) == once
    language_asked(path, query)
