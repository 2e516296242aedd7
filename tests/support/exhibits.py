"""One browser, and one look at every page and mail, for all tests that need them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Exhibition, Observer, Seen, chromium
from tests.support.forum import html_of
from tests.support.gallery import Gallery
from tests.support.shown import Shown

LANGUAGES = ("sv", "en")
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def galleries(tmp_path_factory) -> list[Gallery]:
    folder: Path = tmp_path_factory.mktemp("gallery")
    return [Gallery(folder, language) for language in LANGUAGES]


@pytest.fixture(scope="session")
def pages(galleries) -> dict[str, Shown]:
    """Every page in each of its states, in both languages, by name."""
    return {f"{gallery.language} {page.name}": page for gallery in galleries for page in gallery.pages}


@pytest.fixture(scope="session")
def mails(galleries) -> dict[str, Shown]:
    """The HTML of every mail in both languages, by name."""
    return {
        f"{gallery.language} mail: {name}": Shown(name, 200, HTML, html_of(mail))
        for gallery in galleries
        for name, mail in gallery.mails.items()
    }


@pytest.fixture(scope="session")
def seen(browser, pages, mails) -> Iterator[dict[str, Seen]]:
    """What Chromium noticed about every page and mail."""
    observer, exhibition = Observer(browser), Exhibition({**pages, **mails})
    yield {name: observer.look(name, url) for name, url in exhibition.urls.items()}
    exhibition.close()
