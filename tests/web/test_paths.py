"""The manners that all public paths share (docs/rules.md, "Addresses")."""

import pytest
from werkzeug import Request, Response
from werkzeug.test import Client

from dela.store.contract import Query
from dela.web.endpoint import Endpoint
from tests.support.forum import FORM, START
from tests.support.visits import everything, personal, readable_addresses

LIMIT = 32 * 1024


@pytest.fixture
def addresses(forum):
    meeting = forum.meeting()
    return readable_addresses(forum, meeting, forum.confirmed(meeting))


def test_a_path_answers_alike_with_and_without_its_functions_name(forum, addresses):
    for url in addresses:
        name, _, rest = url.removeprefix(f"{forum.settings.base_url}/").partition("/")
        client = forum.web(name.partition("?")[0])
        within = client.get(f"/{name}/{rest}" if rest else f"/{name}")
        below = client.get(f"/{rest}")
        assert (within.status_code, within.data) == (200, below.data), url


def test_the_root_answers_with_and_without_a_slash_and_never_redirects(forum):
    forum.meeting()
    client = forum.web("signup")
    pages = [client.get(path) for path in ("/signup", "/signup/", "/", "/signup?lang=sv", "/signup/?lang=sv")]
    assert {page.status_code for page in pages} == {200}
    assert len({page.data for page in pages}) == 1
    posts = [client.post(path, data={**FORM, "email": ""}) for path in ("/signup", "/signup/", "/")]
    assert {post.status_code for post in posts} == {422}


@pytest.mark.parametrize("path", ["/signup//", "//", "/signups", "/signup/signup", "/signup/2026-1/", "/x/thanks"])
def test_no_other_spelling_redirects(forum, path):
    forum.meeting()
    assert forum.web("signup").get(path).status_code in (200, 404)


def test_head_is_get_without_its_body(forum, addresses):
    for url in addresses:
        get, head = forum.open(url), forum.open(url, "HEAD")
        assert head.status_code == get.status_code == 200
        assert head.data == b""
        assert dict(head.headers) == dict(get.headers), url


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW"])
def test_other_methods_are_405_and_told_which_there_are(forum, addresses, method):
    for url in addresses:
        answer = forum.open(url, method)
        assert answer.status_code == 405, url
        allowed = answer.headers["Allow"].split(", ")
        assert "GET" in allowed
        assert method not in allowed
        assert forum.open(url, "OPTIONS").headers["Allow"] == answer.headers["Allow"]


def test_what_is_only_read_takes_no_post(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    base = f"{forum.settings.base_url}/signup"
    for url in (
        f"{base}/meetings.json",
        f"{base}/openapi.json",
        f"{base}/{meeting.id}/thanks",
        personal(forum, "calendar", id),
    ):
        answer = forum.open(url, "POST", data={"a": "b"})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_body_of_more_than_32_kib_is_413_as_form_and_as_json(forum, addresses):
    form = {**FORM, "organisation": "x" * LIMIT}
    for url in (addresses[0], addresses[1], *(each for each in addresses if "/manage/" in each)):
        for sent in ({"data": form}, {"json": form}, {"data": form, "content_type": "multipart/form-data"}):
            answer = forum.open(url, "POST", **sent)
            assert answer.status_code == 413, (url, sent.keys())
    problem = forum.open(addresses[0], "POST", json=form)
    assert problem.mimetype == "application/problem+json"
    assert problem.json["status"] == 413
    assert forum.open(addresses[0], "POST", data=form).mimetype == "text/html"


def test_a_body_just_under_the_limit_is_read(forum):
    forum.meeting()
    body = {**FORM, "more": "x" * (LIMIT - 400)}
    assert forum.web("signup").post("/signup", json=body).status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/octet-stream", ""])
def test_a_body_that_is_neither_form_nor_json_is_415(forum, kind):
    meeting = forum.meeting()
    for path in ("/signup", f"/signup/{meeting.id}"):
        answer = forum.web("signup").post(path, data=b"name=Anna", content_type=kind)
        assert (answer.status_code, answer.mimetype) == (415, "text/html")
        accepting = {"Accept": "application/json"}
        answer = forum.web("signup").post(path, data=b"name=Anna", content_type=kind, headers=accepting)
        assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")


@pytest.mark.parametrize(
    "path",
    ["/signup/2099-9", "/signup/nothing", "/signup/__a__", "/signup/%00", "/signup/" + "9" * 2000, "/signup/..%2f"],
)
def test_no_such_meeting_is_404_for_every_method(forum, path):
    forum.meeting()
    before = forum.ports.store.operations.reads
    client = forum.web("signup")
    assert client.get(path).status_code == 404
    assert client.post(path, data=FORM).status_code == 404
    assert client.post(path, json=FORM).json["status"] == 404
    assert client.get(f"{path}/thanks").status_code == 404
    if path != "/signup/2099-9":
        assert forum.ports.store.operations.reads == before, "what can't be an id is not asked for"


def test_every_page_forbids_what_is_not_its_own_and_is_kept_nowhere(forum, addresses):
    for url in addresses:
        answer = forum.open(url)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        if answer.mimetype == "text/html":
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "<script" not in answer.text
            assert "form-action 'self' https:;" in policy if "/join/" in url else "form-action 'self';" in policy


def test_pages_speak_the_language_that_was_asked_for(forum, addresses):
    for url in addresses:
        if forum.open(url).mimetype != "text/html":
            continue
        plain = url.partition("?")[0]
        for header, query, expected in (
            ("en", "", "en"),
            ("sv-SE, en;q=0.5", "", "sv"),
            ("de, fr", "", "sv"),
            ("en", "?lang=sv", "sv"),
            ("sv", "?lang=en", "en"),
            ("en", "?lang=de", "en"),
        ):
            answer = forum.open(plain + query, headers={"Accept-Language": header})
            assert answer.headers["Content-Language"] == expected
            assert f'<html lang="{expected}">' in answer.text
            assert "Accept-Language" in answer.headers["Vary"]


def test_errors_are_pages_for_people_and_problem_details_for_programs(forum):
    forum.meeting()
    client = forum.web("signup")
    page = client.get("/signup/confirm/nonsense", headers={"Accept-Language": "en"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is no such page" in page.text
    assert "Den sidan finns inte" in client.get("/signup/confirm/nonsense").text
    problem = client.get("/signup/confirm/nonsense", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert problem.json == {"type": "about:blank", "status": 404, "title": "not found", "code": "not_found"}


def test_a_failure_of_ours_is_a_kind_page_and_a_log_line_without_what_was_typed(forum, monkeypatch):
    forum.meeting()

    def fail(*_: object):
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("dela.attending.web.public_page.sign_up", fail)
    page = forum.web("signup").post("/signup", data=FORM)
    assert page.status_code == 500
    assert "Karin Norrby" in page.text
    assert any("a mistake of ours" in line for line in forum.log.lines)
    assert not any("anna" in line.casefold() for line in forum.log.lines)


def test_a_store_that_is_away_is_503_and_says_when_to_try_again(forum, monkeypatch):
    from dela.errors import TemporaryFailure

    forum.meeting()

    def away(*_: object):
        raise TemporaryFailure("the database file can't be used now")

    monkeypatch.setattr(type(forum.ports.store), "transact", away)
    for sent in ({"data": FORM}, {"json": FORM}):
        answer = forum.web("signup").post("/signup", **sent)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_get_handler_that_writes_would_be_refused(forum):
    meeting = forum.meeting()

    def wicked(call):
        call.ports.store.transact(lambda store: store.put(meeting.model_copy(update={"minutes": 1})))
        return Response("done")

    def worse(call):
        call.ports.store.create(meeting.model_copy(update={"id": "2026-9"}))
        return Response("done")

    endpoint = Endpoint("wicked", [("/", {"GET": wicked, "POST": wicked}), ("/worse", {"GET": worse})])
    before = everything(forum)
    for method, path in (("GET", "/wicked"), ("HEAD", "/wicked"), ("GET", "/wicked/worse"), ("HEAD", "/wicked/worse")):
        assert _open(endpoint, forum, method, path).status_code == 500
    assert everything(forum) == before
    assert _open(endpoint, forum, "POST", "/wicked").status_code == 200
    assert everything(forum) != before, "a POST may"


def _open(endpoint, forum, method, path):
    return Client(Request.application(lambda request: endpoint(request, forum.ports))).open(path, method=method)


def test_nobody_who_is_not_asked_for_is_read(forum):
    """The page costs a read of the meeting and of the others' dates, whoever is registered."""
    meeting = forum.meeting()
    forum.crowd(meeting, 20)
    forum.at(START.replace(day=1))
    before = forum.ports.store.operations.reads
    forum.web("signup").get("/signup")
    assert forum.ports.store.operations.reads - before <= 2
    assert len(forum.ports.store.query(type(meeting), Query())) == 1
