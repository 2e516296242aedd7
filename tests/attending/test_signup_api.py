"""Signing up by JSON: for the region's own website."""

import json

import pytest

from dela.attending.links import LINKS
from dela.attending.registration import Registration
from dela.meetings.run_meetings import cancel_meeting
from dela.store.contract import Query
from dela.web.language import error_sentence
from tests.support.forum import FORM, START, Forum
from tests.support.visits import personal

ORIGIN = "https://www.region.example"


def post(forum, fields, path="/signup", **more):
    return forum.web("signup").post(path, json=fields, **more)


def test_a_good_sign_up_is_202_pending_for_the_next_meeting_and_for_a_named_one(forum):
    first, second = forum.meeting(), forum.meeting(START.replace(month=12, day=20))
    for path, meeting in (
        ("/signup", first),
        ("/", first),
        (f"/signup/{second.id}", second),
        (f"/{second.id}", second),
    ):
        answer = post(forum, FORM, path)
        assert (answer.status_code, answer.mimetype) == (202, "application/json")
        assert answer.json == {"status": "pending", "meeting": meeting.id}
    assert forum.ports.store.count(Registration, Query()) == 2


def test_values_have_their_own_types_and_a_charset_may_be_named(forum):
    forum.meeting()
    body = json.dumps({**FORM, "notify_next": True}).encode()
    answer = forum.web("signup").post("/signup", data=body, content_type="application/json; charset=utf-8")
    assert answer.status_code == 202
    assert forum.ports.store.query(Registration, Query())[0].notify_next is True


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", None, "characters"),
        ("name", "", "missing"),
        ("name", 7, "characters"),
        ("name", "a\ud800b", "characters"),
        ("name", "a\r\nBcc: x@example.org", "characters"),
        ("email", ["x@example.org"], "characters"),
        ("email", "x", "address"),
        ("organisation", None, "characters"),
        ("organisation", "y" * 201, "too_long"),
        ("municipality", "Stockholm", "municipality"),
        ("municipality", {"a": 1}, "characters"),
        ("language", "de", "choice"),
        ("notify_next", "maybe", "choice"),
        ("notify_next", None, "choice"),
    ],
)
def test_what_is_wrong_is_422_with_field_and_detail_in_the_readers_language(forum, field, value, code, language):
    forum.meeting()
    answer = post(forum, {**FORM, field: value}, headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert (answer.json["type"], answer.json["status"]) == ("about:blank", 422)
    detail = error_sentence(code, language, field)
    assert answer.json["errors"] == [{"field": field, "code": code, "detail": detail}]
    assert forum.ports.store.count(Registration, Query()) == 0


def test_what_is_missing_is_named_all_at_once(forum):
    forum.meeting()
    answer = post(forum, {})
    assert {error["field"] for error in answer.json["errors"]} == {"name", "email", "municipality"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"\xff\xfe{}",
        "{}".encode("utf-16"),
        b"[" * 9000,
        b"1" * 9000,
        b"NaN",
    ],
)
def test_a_body_that_is_no_json_object_is_400(forum, body):
    forum.meeting()
    answer = forum.web("signup").post("/signup", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_meeting_that_takes_nobody_is_409_with_its_reason_and_the_next_date(forum):
    full, later = forum.meeting(capacity=1), forum.meeting(START.replace(month=12, day=20))
    forum.confirmed(full, "early@example.org")
    answer = post(forum, FORM, f"/signup/{full.id}")
    assert (answer.status_code, answer.json["code"]) == (409, "full")
    assert answer.json["next"] == forum.web("signup").get("/signup/meetings.json").json[1:]
    assert answer.json["next"][0]["id"] == later.id
    cancel_meeting(forum.ports, full.id, forum.now)
    assert post(forum, FORM, f"/signup/{full.id}").json["code"] == "cancelled"


# Other origins


@pytest.fixture
def open_forum(tmp_path):
    forum = Forum(tmp_path, origins=(ORIGIN, "https://other.example"))
    forum.meeting()
    yield forum
    forum.close()


PATHS = ("/signup", "/signup/", "/signup/2026-1", "/signup/meetings.json", "/signup/openapi.json")


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_is_told_what_pages_of_the_allowed_origins_may_do(open_forum, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = open_forum.web("signup").options(path, headers={"Origin": ORIGIN, **asked})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    methods = answer.headers["Access-Control-Allow-Methods"]
    assert methods == answer.headers["Allow"]
    assert ("POST" in methods) == (not path.endswith(".json"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://www.region.example.evil.example", ""])
def test_other_origins_are_told_nothing(open_forum, path, origin):
    for method in ("OPTIONS", "GET", "POST"):
        answer = open_forum.web("signup").open(path, method=method, json={}, headers={"Origin": origin})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers.get_all("Vary")


def test_every_answer_is_readable_to_an_allowed_page_errors_too(open_forum):
    client, headers = open_forum.web("signup"), {"Origin": ORIGIN}
    answers = {
        202: client.post("/signup", json=FORM, headers=headers),
        400: client.post("/signup", data=b"{", content_type="application/json", headers=headers),
        404: client.post("/signup/2099-1", json=FORM, headers=headers),
        405: client.put("/signup", json=FORM, headers=headers),
        413: client.post("/signup", json={**FORM, "organisation": "x" * 40_000}, headers=headers),
        415: client.post("/signup", data=b"x", content_type="text/plain", headers=headers),
        422: client.post("/signup", json={}, headers=headers),
        200: client.get("/signup/meetings.json", headers=headers),
        303: client.post("/signup", data=FORM, headers=headers),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_personal_pages_are_readable_to_no_other_origin(open_forum):
    id = open_forum.confirmed(open_forum.present_meeting("2026-1"))
    for purpose in LINKS:
        for method in ("GET", "OPTIONS"):
            answer = open_forum.open(personal(open_forum, purpose, id), method, headers={"Origin": ORIGIN})
            assert "Access-Control-Allow-Origin" not in answer.headers


# The description


def test_the_description_names_this_forums_places_and_fields(forum):
    described = forum.web("signup").get("/signup/openapi.json")
    assert (described.status_code, described.mimetype) == (200, "application/json")
    form = described.json["components"]["schemas"]["SignUp"]
    assert set(form["properties"]) == {"name", "email", "organisation", "municipality", "language", "notify_next"}
    assert set(form["required"]) == {"name", "email", "municipality"}
    assert form["properties"]["municipality"]["enum"] == [*forum.settings.municipalities, "other"]
