"""Any bytes at any public path: a clear answer, never a 5xx, and never a header that somebody else wrote."""

import json
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug import Request

from dela.attending import links
from dela.attending.web import join, signup
from dela.attending.web.machine_refusal import HIDDEN
from tests.support.forum import FORM, START, Forum
from tests.support.visits import personal

HANDLERS = {"signup": signup.handle, "join": join.handle}
BOUNDED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OCTETS = st.binary(max_size=60).map(lambda octets: octets.decode("latin-1"))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    forum = Forum(tmp_path_factory.mktemp("fuzzed"), proxies=1, origins=("https://www.region.example",))
    forum.meeting(capacity=3)
    forum.meeting(START.replace(day=20))
    yield forum
    forum.close()


@pytest.fixture(scope="module")
def tokens(fuzzed):
    """A good token of each purpose, of somebody who keeps on existing."""
    id = fuzzed.confirmed(fuzzed.present_meeting("2026-1"))
    url = {purpose.name: personal(fuzzed, purpose, id) for purpose in links.LINKS}
    return [each.rpartition("/")[2].removesuffix(".ics") for each in url.values()]


def ask(forum, name, environ, body=b""):
    """One request as a server hands it on, from octets that no client library would send."""
    environ = {
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8080",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **environ,
    }
    started = []
    application = Request.application(lambda request: HANDLERS[name](request, forum.ports))
    sent = b"".join(application(environ, lambda status, headers, *_: started.append((int(status[:3]), headers))))
    (status, headers) = started[0]
    assert 200 <= status < 500, (status, environ, body, sent)
    for header, value in headers:
        assert not set("\r\n\0") & set(header + value), (header, value)
        value.encode("latin-1")
    dict(headers).get("Content-Type", "").encode()
    return status, headers, sent


METHODS = st.one_of(
    st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE"]), st.text("ABCXYZ-", max_size=9)
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_FOR", "HTTP_ACCEPT", "HTTP_ORIGIN", "HTTP_HOST", "HTTP_COOKIE"),
            *("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING", "HTTP_X_CLOUD_TRACE_CONTEXT", "CONTENT_LENGTH"),
            *("HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_AUTHORIZATION", "HTTP_X_FORWARDED_HOST", "REMOTE_ADDR"),
        ]
    ),
    st.one_of(
        OCTETS,
        st.sampled_from(
            ["application/json", "en;q=0.1,*", "1.2.3.4, ::1", "gzip", "chunked", "-1", "9" * 30, "bytes=0-", ","]
        ),
    ),
    max_size=5,
)
CONTENT_TYPES = st.one_of(
    OCTETS,
    st.sampled_from(
        [
            "application/json",
            "application/json; charset=\xff",
            "application/x-www-form-urlencoded; charset=utf-16",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=\xff",
            "text/plain",
        ]
    ),
)
MEETING_PARTS = ["2026-1", "2026-2", "2099-1", "meetings.json", "openapi.json", "thanks", "..", ".", "%2e", "__x__"]
SEGMENTS = st.one_of(
    OCTETS, st.sampled_from(["signup", "join", "confirm", "manage", "calendar", "unsubscribe", *MEETING_PARTS])
)
PATHS_OF_ANYTHING = st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts))
PART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnna\r\n--x--\r\n'
NASTY_BODIES = [
    b"",
    PART,
    PART[:-8],
    b"--x\r\n\r\n",
    b"%",
    b"a=%ff&=&&b",
    b"{",
    b'{"name":1e999}',
    b"[" * 2000,
    b"\xff",
]
JSON_VALUES = st.one_of(st.none(), st.floats(), st.text(max_size=9), st.lists(st.text(max_size=3), max_size=2))
JSON_BODIES = st.dictionaries(st.sampled_from([*FORM, "x"]), JSON_VALUES).map(
    lambda fields: json.dumps(fields).encode()
)
BODIES = st.one_of(st.binary(max_size=300), st.sampled_from(NASTY_BODIES), JSON_BODIES)


@pytest.mark.slow
@BOUNDED
@given(st.sampled_from(sorted(HANDLERS)), METHODS, PATHS_OF_ANYTHING, OCTETS, HEADERS, CONTENT_TYPES, BODIES)
@example("signup", "POST", "/", "lang=\xff", {}, "application/json", b'{"name":"\\ud800"}')
@example("signup", "POST", "/2026-1", "", {"CONTENT_LENGTH": "999"}, "application/x-www-form-urlencoded", b"a=b")
@example("signup", "GET", "/\xff\xfe/thanks", "", {}, "", b"")
def test_any_path_method_header_and_body_gets_a_clear_answer(fuzzed, name, method, path, query, headers, kind, body):
    ask(
        fuzzed,
        name,
        {**headers, "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": kind},
        body,
    )


@pytest.mark.slow
@BOUNDED
@given(st.data())
def test_any_token_at_any_page_behind_a_link(fuzzed, tokens, data):
    good = data.draw(st.sampled_from(tokens))
    cut = data.draw(st.integers(0, len(good)))
    token = data.draw(
        st.one_of(OCTETS, st.just(good), OCTETS.map(lambda octets: good[:cut] + octets + good[cut + 1 :]))
    )
    where = data.draw(st.sampled_from(["confirm/{}", "manage/{}", "calendar/{}.ics", "unsubscribe/{}"]))
    for name, path in (("signup", f"/signup/{where.format(token)}"), ("join", f"/join/{token}"), ("join", f"/{token}")):
        for method in ("GET", "HEAD"):
            environ = {"REQUEST_METHOD": method, "PATH_INFO": path}
            status, _, body = ask(fuzzed, name, environ)
            assert status in (200, 404, 410)
            assert b"secret-room" not in body


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [*FORM.values(), "true", "\0", "a@b", "x" * 300, "\u202e", "\ud7ff", "''\"<>&", "{{7*7}}", "../..", "\r\n"]
    ),
)
FIELDS = st.dictionaries(
    st.one_of(st.sampled_from([*FORM, "stamp", HIDDEN, "action", "notify_next"]), st.text(max_size=5)), VALUES
)


@pytest.mark.slow
@BOUNDED
@given(FIELDS, st.sampled_from(["/signup", "/signup/2026-1", "/signup/2026-2?lang=en"]))
def test_any_form_or_json_is_taken_or_says_what_is_wrong_and_keeps_what_was_typed(fuzzed, fields, path):
    client = fuzzed.later(seconds=9).web("signup")
    form = client.post(path, data=fields or {"name": ""})
    assert form.status_code in (303, 422, 429, 409)
    as_json = client.post(path, json=fields)
    assert as_json.status_code in (202, 422, 429, 409)
    if as_json.status_code == 422:
        assert {error["field"] for error in as_json.json["errors"]} <= {*FORM, "notify_next", "form"}
    if form.status_code == 422:
        assert b"error" in form.data


@pytest.mark.slow
@BOUNDED
@given(st.sampled_from(["change", "leave", "export", "erase", "next", "", "\0"]), FIELDS, st.integers(0, 5))
def test_any_post_behind_a_link_is_done_or_says_what_is_wrong(fuzzed, action, fields, which):
    id = fuzzed.later(seconds=9).sign_up(fuzzed.present_meeting("2026-2"), f"fuzz{which}@example.org")
    for purpose in (links.MANAGE, links.OWN_DATA, links.CONFIRM, links.UNSUBSCRIBE, links.JOIN):
        answer = fuzzed.open(personal(fuzzed, purpose, id), "POST", data={**fields, "action": action})
        assert answer.status_code in (200, 303, 404, 409, 422), (purpose, answer.status_code)


def test_a_query_that_is_no_text_is_passed_over(fuzzed):
    for name, path in (("signup", "/signup"), ("signup", "/signup/openapi.json"), ("join", "/join/x")):
        assert (
            ask(fuzzed, name, {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "lang=\xff&a=%ff"})[0] < 500
        )


@pytest.mark.parametrize("length", ["", "abc", "-5", "1e3", "99999999999999999999"])
def test_a_length_that_is_a_lie_is_answered(fuzzed, length):
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/signup", "CONTENT_TYPE": kind, "CONTENT_LENGTH": length}
        status, _, _ = ask(fuzzed, "signup", environ, b"name=Anna")
        assert status in (400, 409, 413, 422)


def test_a_body_without_a_length_is_read_up_to_the_limit(fuzzed):
    """What a server hands on of a chunked request."""
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/signup/2026-2", "CONTENT_TYPE": "application/json"}
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    body = json.dumps({**FORM, "email": ""}).encode()
    assert ask(fuzzed, "signup", {**environ, **chunked}, body)[0] == 422
    assert ask(fuzzed, "signup", {**environ, **chunked}, b'{"a":"' + b"x" * 33_000 + b'"}')[0] == 413
    form = {**environ, **chunked, "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    assert ask(fuzzed, "signup", form, b"name=Anna&email=&")[0] == 422
    assert ask(fuzzed, "signup", form, b"name=Anna&organisation=" + b"x" * 33_000)[0] == 413


@pytest.mark.parametrize("fields", [2000, 10_000])
def test_a_form_of_very_many_fields_is_answered(fuzzed, fields):
    body = b"&".join(b"a=" for _ in range(fields))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/signup/2026-2",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }
    assert ask(fuzzed, "signup", environ, body)[0] in (413, 422)
    parts = (
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(fields // 4)) + b"--x--"
    )
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
    assert ask(fuzzed, "signup", environ, parts)[0] in (413, 422)
