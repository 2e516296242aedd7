"""However many clients begin a request and never end it, everybody else gets the page and can sign up.

Asked of a real `dela serve`, directly and through the two web servers of the README with its very examples. Each step
of an answer has five seconds (slow_clients.py), which any machine can keep; usual are milliseconds.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from werkzeug import Request, Response

from dela.operating import home_server
from dela.web.call import client_address
from tests.support.process import dela, free_port, until
from tests.support.proxies import Proxy
from tests.support.served import served
from tests.support.slow_clients import ANSWERED, HALF_HEAD, IDLE, SLOW_BODY, Way, held, is_open

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("slots")]

HELD = 400
PROXIES = ("caddy", "nginx")
FORM = {"name": "Anna Andersson", "municipality": "Åre", "language": "sv"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("slots")


@pytest.fixture(scope="module")
def ways(folder) -> Iterator[dict[str, Way]]:
    """How to get to one forum with a meeting; a proxy is started when it is first asked for."""
    port = free_port()
    told = {"PORT": str(port), "DELA_PROXIES": "1"}
    with dela(folder, "plan", "2097-03-04T12:10", **told) as planning:
        assert planning.popen.wait(60) == 0, planning.output
    with dela(folder, "serve", "--trial", **told) as serving, _Ways(folder, port) as ways:
        serving.answers(f"http://127.0.0.1:{port}/signup")
        yield ways
        serving.stop()
        assert "Traceback" not in serving.output


class _Ways(dict):
    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(direct=Way(port))
        self._folder, self._port, self._proxies = folder, port, []

    def __missing__(self, name: str) -> Way:
        self._proxies.append(Proxy(name, self._folder / name, self._port).__enter__())
        self[name] = self._proxies[-1].way
        return self[name]

    def __enter__(self) -> "_Ways":
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._proxies:
            each.__exit__()


def seconds_of_a_page(way: Way) -> float:
    """The median of some pages; each of them comes."""
    taken = []
    for _ in range(9):
        started = perf_counter()
        page = way.ask("/signup")
        taken.append(perf_counter() - started)
        assert page.status == 200
        assert "</html>" in page.text
    return median(taken)


def signs_up(way: Way, folder: Path, address: str) -> None:
    """By form and by JSON, and gets the mail."""
    form = way.post("/signup", {**FORM, "email": address})
    assert form.status == 303, form
    assert way.post_json("/signup", {**FORM, "email": f"json-{address}"}).status == 202
    until(lambda: all(_mailed(folder, each) for each in (address, f"json-{address}")))


def _mailed(folder: Path, address: str) -> bool:
    return any(f"To: {address}\n".encode() in mail.read_bytes().replace(b"\r", b"") for mail in folder.rglob("*.eml"))


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(SLOW_BODY, id="slow bodies"),
        pytest.param(HALF_HEAD, id="half heads"),
        pytest.param(IDLE, id="silent"),
        pytest.param(ANSWERED, id="idle after an answer"),
    ],
)
@pytest.mark.parametrize("name", ["direct", *PROXIES])
def test_while_400_clients_do_not_go_on_the_page_comes_and_sign_ups_are_kept(ways, folder, name, beginning):
    way = ways[name]
    alone = seconds_of_a_page(way)
    with held(way, HELD, beginning):
        beside = seconds_of_a_page(way)
        signs_up(way, folder, f"{name}-{len(beginning)}@example.org")
    print(f"{name}: a page takes {1000 * alone:.1f} ms, beside {HELD} that are held {1000 * beside:.1f} ms")


def test_while_all_kinds_are_held_at_once_behind_both_proxies_and_directly_every_way_is_open(ways, folder):
    with (
        held(ways["caddy"], HELD, SLOW_BODY),
        held(ways["nginx"], HELD, SLOW_BODY),
        held(ways["direct"], HELD // 2, HALF_HEAD),
        held(ways["direct"], HELD // 2, IDLE),
    ):
        for name, way in ways.items():
            seconds_of_a_page(way)
            signs_up(way, folder, f"all-{name}@example.org")


@pytest.mark.parametrize(
    "beginning", [SLOW_BODY, HALF_HEAD, IDLE, ANSWERED], ids=["body", "head", "silent", "answered"]
)
def test_more_clients_than_the_server_has_places_stop_nobody(ways, folder, beginning):
    with held(ways["direct"], home_server.CONNECTIONS + 100, beginning):
        seconds_of_a_page(ways["direct"])
        signs_up(ways["direct"], folder, f"places-{len(beginning)}@example.org")


@pytest.mark.parametrize("name", PROXIES)
def test_the_readmes_proxy_serves_the_page_under_its_name_with_a_certificate(ways, name):
    page = ways[name].ask("/signup?lang=en")

    assert page.status == 200
    assert '<html lang="en">' in page.text
    assert "Set-Cookie" not in page.headers
    assert ways[name].ask("/Signup").headers["Location"].endswith("/signup")
    assert ways[name].ask("/robots.txt").status == 200
    assert ways[name].ask("/signup/confirm/nonsense").status == 404


@pytest.mark.parametrize("name", PROXIES)
def test_behind_the_readmes_proxy_the_client_is_the_one_that_the_proxy_saw_whatever_it_claims(tmp_path, name):
    """With DELA_PROXIES=1, which is what the README says."""

    @Request.application
    def tells_the_client(request):
        return Response(client_address(request, 1))

    with served(tells_the_client) as way, Proxy(name, tmp_path / name, way.port) as proxy:
        for source in ("127.0.0.1", "127.0.1.7"):
            for claim in ({}, {"X_Forwarded_For": "192.0.2.1"}, {"X_Forwarded_For": "192.0.2.1, 198.51.100.7,"}):
                assert proxy.way.ask("/", source=source, **claim).text == source


@pytest.mark.parametrize("name", PROXIES)
def test_the_readmes_proxy_ends_what_does_not_go_on_by_itself(tmp_path, monkeypatch, name):
    """So that its own places come free, too. Its limits are a second here."""
    monkeypatch.setattr(home_server, "REQUEST_SECONDS", 1000)
    sooner = {
        "caddy": {"read_header 10s": "read_header 1s", "read_body 20s": "read_body 1s"},
        "nginx": {
            "client_header_timeout 10s": "client_header_timeout 1s",
            "client_body_timeout 10s": "client_body_timeout 1s",
        },
    }[name]
    with (
        served(Response("ok")) as way,
        Proxy(name, tmp_path / name, way.port, sooner) as proxy,
        held(proxy.way, 3, SLOW_BODY) as bodies,
        held(proxy.way, 3, HALF_HEAD) as heads,
    ):
        until(lambda: not any(is_open(each) for each in (*bodies, *heads)))
        assert proxy.way.ask("/signup").status == 200


@pytest.mark.parametrize("name", ["direct", *PROXIES])
def test_a_huge_head_is_refused_and_a_body_that_is_too_large_is_told_so(ways, name):
    way = ways[name]

    assert way.ask("/signup", Accept="x" * 60_000).status in (400, 431)
    answer = way.post_json("/signup", {**FORM, "organisation": "x" * 40_000})
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert way.ask("/signup").status == 200
