"""A head of any length costs next to nothing, whatever server stands in front, and takes nobody's place."""

from typing import ClassVar

import pytest
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from dela.web.bounds import LONGEST, LONGEST_QUERY, LONGEST_WAY, bound
from dela.web.call import client_address
from dela.wiring import endpoint
from tests.support.forum import FORM

HUGE = 200 * 1024
PARSED = {
    "Accept": "a/b;q=0.1,",
    "Accept-Language": "en;q=0.1,",
    "Content-Type": "a=b;",
    "Cookie": "a=b; ",
    "X-Forwarded-For": "192.0.2.1, ",
}


def request_with(**environ: str) -> Request:
    return Request({**EnvironBuilder().get_environ(), **environ})


def test_what_is_parsed_of_a_head_is_short(forum):
    """Whatever a request says of itself at length is not there when an endpoint looks."""
    repeated = {name.upper().replace("-", "_"): (part * HUGE)[:HUGE] for name, part in PARSED.items()}
    content_type = repeated.pop("CONTENT_TYPE")
    request = request_with(
        **{f"HTTP_{name}": value for name, value in repeated.items()},
        CONTENT_TYPE=content_type,
        QUERY_STRING=("a=b&" * HUGE)[:HUGE],
    )

    bound(request)

    assert not request.accept_mimetypes
    assert not request.accept_languages
    assert not request.cookies
    assert not request.args
    assert request.mimetype == ""
    assert len(request.headers["X-Forwarded-For"]) == LONGEST_WAY


def test_what_is_just_short_enough_is_read():
    environ = {name: "x" * longest for name, longest in LONGEST.items()}
    request = request_with(**environ, QUERY_STRING="lang=" + "x" * (LONGEST_QUERY - 5))

    bound(request)

    assert {name: request.environ[name] for name in LONGEST} == environ
    assert len(request.args["lang"]) == LONGEST_QUERY - 5


def test_the_client_is_whom_the_proxies_saw_however_much_it_claims():
    for claimed in ("1.2.3.4, " * HUGE, "," * HUGE, "x" * HUGE):
        request = request_with(HTTP_X_FORWARDED_FOR=f"{claimed}, 198.51.100.7, 10.0.0.1")
        bound(request)
        assert client_address(request, 1) == "10.0.0.1"
        assert client_address(request, 2) == "198.51.100.7"


@pytest.mark.parametrize("name", PARSED)
def test_a_page_and_a_sign_up_bear_it(forum, name):
    forum.meeting()
    headers = {name: (PARSED[name] * HUGE)[:HUGE]}

    assert forum.web("signup").get("/signup", headers=headers).status_code == 200
    kind = {} if name == "Content-Type" else {"content_type": "application/x-www-form-urlencoded"}
    answer = forum.web("signup").post("/signup", data=FORM, headers=headers, **kind)
    assert answer.status_code == (415 if name == "Content-Type" else 303)


class Watched(dict):
    """An environ that remembers which headers were asked for."""

    read: ClassVar[set[str]] = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.read.add(key)
        return super().get(key, default)


def test_every_header_that_is_parsed_has_its_bound(forum):
    """Whoever has another header parsed finds out here that it needs one: nothing else of a head may be long."""
    Watched.read.clear()
    forum.meeting()
    for name, path, sent in (
        ("signup", "/signup/?lang=sv", None),
        ("signup", "/signup/nothing", None),
        ("signup", "/signup", {"data": FORM}),
        ("signup", "/signup", {"json": FORM}),
        ("signup", "/signup", {"data": "x", "content_type": "text/plain"}),
        ("join", "/join/nothing", None),
    ):
        handle = endpoint(name)
        builder = EnvironBuilder(path, method="POST" if sent else "GET", **(sent or {}))
        handle(Request(Watched(builder.get_environ())), forum.ports)

    of_a_client = {key for key in Watched.read if key.startswith(("HTTP_", "CONTENT_"))}
    compared = {"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_ORIGIN"}
    assert of_a_client <= set(LONGEST) | {"HTTP_X_FORWARDED_FOR"} | compared
    assert {"HTTP_ACCEPT", "HTTP_ORIGIN"} <= of_a_client
