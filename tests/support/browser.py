"""A real browser, what it sees of a page, and what the accessibility checker and the HTML validator say of it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.missing import missing
from tests.support.process import ROOT
from tests.support.shown import Shown

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_LOOKS = ["color-contrast", "target-size", "link-in-text-block"]
"""The rules whose outcome depends on colours and sizes; the others need no second look at the same page."""
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
SMALLEST = {"width": 320, "height": 568}
BASE_URL = "http://localhost:8080"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, or a skip where there is none."""
    path = shutil.which("chromium") or shutil.which("google-chrome") or missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a browser noticed about one page."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    overflows: dict[int, list[str]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    printed: str = ""


class Observer:
    """Opens pages in one tab, and looks at each in either light and at either width; at the first of each kind in all
    four corners: colours do not change with the width, nor places with the light.

    JavaScript is on for the checker's sake; the journeys do without.
    """

    def __init__(self, browser: Browser) -> None:
        if not AXE.exists():
            missing("axe-core (npm)")
        self._axe = AXE.read_text()
        self._page = browser.new_page()
        self._seen = Seen()
        self._kinds: set[str] = set()
        self._page.on("request", lambda request: self._seen.requests.append(request.url))
        self._page.on("console", lambda message: self._seen.console.append(message.text))

    def look(self, name: str, url: str) -> Seen:
        """Everything about the page at `url`, whose name begins with its kind and a colon."""
        self._seen = Seen()
        self._page.emulate_media(color_scheme="light", media="screen")
        self._page.set_viewport_size(PHONE)
        self._page.goto(url)
        self._page.evaluate(self._axe)
        self._check("light", PHONE, {"type": "tag", "values": WCAG})
        kind, _, _ = name.partition(":")
        corners = [("dark", DESK)] if kind in self._kinds else [("dark", PHONE), ("dark", DESK), ("light", DESK)]
        for scheme, size in corners:
            self._check(scheme, size, {"type": "rule", "values": OF_LOOKS})
        self._kinds.add(kind)
        for size in (PHONE, SMALLEST):
            self._page.set_viewport_size(size)
            self._seen.overflows[size["width"]] = self._page.evaluate(TOO_WIDE)
        self._page.emulate_media(media="print")
        self._seen.printed = self._page.evaluate(PRINTED)
        return self._seen

    def _check(self, scheme: str, size: Mapping[str, int], rules: Mapping[str, Any]) -> None:
        self._page.set_viewport_size(size)
        self._page.emulate_media(color_scheme=scheme)
        found = self._page.evaluate(RUN_AXE, rules)
        self._seen.violations += [f"{scheme}, {size['width']} px: {each}" for each in found]


RUN_AXE = """async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations']});
  return found.violations.map(each => each.id + ': ' + each.nodes.map(node => node.html.slice(0, 120)).join(' | '));
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML.slice(0, 120))"""
PRINTED = """() => [...document.querySelectorAll('body *')].filter(each => each.checkVisibility())
  .map(each => [...each.childNodes].filter(node => node.nodeType == 3).map(node => node.data).join(' ')
    + getComputedStyle(each, '::after').content.replace(/^(none|normal)$/, '')).join(' ').replace(/\\s+/g, ' ')"""


class Exhibition:
    """Recorded answers, served with their own headers on a port of their own, to which their links lead."""

    def __init__(self, answers: Mapping[str, Shown]) -> None:
        paths = {f"/{quote(name)}": answer for name, answer in answers.items()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = paths.get(urlsplit(self.path).path)
                self.send_response(answer.status if answer else 404)
                for name, value in (answer.headers if answer else {}).items():
                    if name not in ("Content-Length", "Refresh"):
                        self.send_header(name, value)
                self.end_headers()
                here = f"http://{self.headers['Host']}"
                self.wfile.write(answer.html.replace(BASE_URL, here).encode() if answer else b"")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.urls = {name: f"http://127.0.0.1:{self._server.server_port}/{quote(name)}" for name in answers}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def invalid_html(folder: Path, documents: Mapping[str, str]) -> list[str]:
    """What the validator says of documents, all in one run of it; each with the document's name."""
    java = shutil.which("java") or missing("Java")
    if not VNU.exists():
        missing("vnu-jar (npm)")
    names = {}
    for number, (name, html) in enumerate(documents.items()):
        path = folder / f"{number}.html"
        path.write_text(html)
        names[path.name] = name
    command = [java, "-jar", str(VNU), "--format", "json", "--exit-zero-always", *map(str, folder.glob("*.html"))]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return [_told(names, each) for each in json.loads(told)["messages"]]


def _told(names: Mapping[str, str], message: Mapping[str, Any]) -> str:
    name = names[Path(message["url"]).name]
    return f"{name}: {message['message']} {message.get('extract', '')[:100]}"


def reaches_elsewhere(html: str) -> Iterable[str]:
    """What a document would load from another place when it is opened, and scripts of any kind."""
    return re.findall(r"<(?:script|img|link[^>]+stylesheet|object|embed|video)\b[^>]*>|\son\w+=|url\(|@import", html)


class Hands:
    """A person who uses the keyboard only, in a browser without JavaScript. Where the focus is must always be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> "Hands":
        self.page.goto(url)
        return self

    @property
    def focused(self) -> str:
        """The id of what has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    @property
    def heading(self) -> str:
        return self.page.inner_text("h1")

    def press(self, key: str, times: int = 1) -> "Hands":
        for _ in range(times):
            self.page.keyboard.press(key)
        return self

    def send(self, key: str) -> "Hands":
        """Press a key that sends a form, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Hands":
        self.page.keyboard.type(text)
        return self

    def tab(self) -> "Hands":
        self.page.keyboard.press("Tab")
        outlined = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none", f"nothing shows that the focus is at {self._here()}"
        return self

    def tab_to(self, id: str) -> "Hands":
        return self._tab_until(lambda: self.focused == id, id)

    def tab_to_button(self, label: str) -> "Hands":
        return self._tab_until(lambda: self._here() == ["BUTTON", label], label)

    def at(self, id: str) -> "Hands":
        assert self.focused == id, self._here()
        return self

    def at_button(self, label: str) -> "Hands":
        assert self._here() == ["BUTTON", label]
        return self

    def at_link(self, label: str) -> "Hands":
        assert self._here() == ["A", label]
        return self

    def _tab_until(self, there: Callable[[], bool], what: str) -> "Hands":
        for _ in range(30):
            if self.tab() and there():
                return self
        raise AssertionError(f"no way to {what} by Tab")

    def _here(self) -> list[str]:
        return list(self.page.evaluate("[document.activeElement.tagName, document.activeElement.innerText.trim()]"))
