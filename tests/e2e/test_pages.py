"""Every page in each of its states, and every mail: light, alone, valid, and open to everybody."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from tests.support.browser import invalid_html, reaches_elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]
LIGHT = 14_000
"""What arrives with the first packets of a connection: ten of 1,460 bytes, less their headers."""


def test_every_page_is_light_with_everything_that_it_needs(pages):
    sizes = {name: len(page.html.encode()) + len(str(page.headers)) for name, page in pages.items()}
    assert {name: size for name, size in sizes.items() if size >= LIGHT} == {}


def test_no_page_and_no_mail_has_a_script_or_anything_from_elsewhere(pages, mails):
    """But for the host's page, which counts down: by a few lines that are complete in it and allowed by their hash."""
    found = {name: list(reaches_elsewhere(page.html)) for name, page in {**pages, **mails}.items()}
    scripts = {name for name, each in found.items() if each}
    assert scripts == {name for name in pages if re.search(r"host: (welcome|pressed|late)$", name)}
    for name in scripts:
        [script] = re.findall(r"<script>(.*?)</script>", pages[name].html, re.DOTALL)
        allowed = b64encode(sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{allowed}'" in pages[name].headers["Content-Security-Policy"]
        assert found[name] == ["<script>"]
        assert len(script) < 800


def test_the_browser_asks_for_nothing_but_the_page(seen):
    framed = re.compile(r"/demo/mailbox/\S+/html$")
    more = {name: [url for url in each.requests[1:] if not framed.search(url)] for name, each in seen.items()}
    assert {name: urls for name, urls in more.items() if urls} == {}


def test_no_page_breaks_its_own_content_security_policy(pages, seen):
    """The browser says so in its console, where it would also complain about anything else."""
    expected = re.compile(r"Failed to load resource: the server responded with a status of [45]\d\d")
    told = {name: [line for line in seen[name].console if not expected.match(line)] for name in pages}
    assert {name: lines for name, lines in told.items() if lines} == {}
    assert all("unsafe" not in page.headers["Content-Security-Policy"] for page in pages.values())


def test_every_page_and_mail_is_valid_html(tmp_path, pages, mails):
    everything = {**pages, **mails}
    assert invalid_html(tmp_path, {name: page.html for name, page in everything.items()}) == []


def test_no_page_and_no_mail_violates_wcag_in_either_light_at_either_width(seen):
    assert {name: each.violations for name, each in seen.items() if each.violations} == {}


def test_no_page_and_no_mail_scrolls_sideways_on_a_small_phone(seen):
    wide = {name: each.overflows for name, each in seen.items() if any(each.overflows.values())}
    assert wide == {}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("sv sign-up: open", ["torsdag 3 december 2026", "kl. 12.10–13.00", "/signup?lang=sv)"]),
        ("en confirm: confirmed", ["Thursday 3 December 2026", "12:10–13:00", "/join/"]),
        ("en join: pressed", ["Thursday 3 December 2026", "12:10–13:00", "meet.example.org/secret-room", "+46 10 555"]),
    ],
)
def test_on_paper_when_and_how_and_the_link_remain(seen, name, kept):
    printed = seen[name].printed
    assert [words for words in kept if words not in printed] == []
    assert "Anmäl mig" not in printed
