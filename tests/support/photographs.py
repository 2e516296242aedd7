"""Photographs of every page in every state, in both languages, as a phone and a desk show them: `make gallery`.

dist/gallery/ gets one PNG a photograph and one index.html, to leaf through in a minute. What a stranger must know after
five seconds stands in docs/five-seconds.md; the upper part of each photograph is what they see in that time.
"""

import argparse
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.support.browser import DESK, PHONE, Exhibition, chromium
from tests.support.exhibits import HTML, LANGUAGES
from tests.support.forum import html_of
from tests.support.gallery import Gallery, Shown
from tests.support.process import ROOT

FOLDER = ROOT / "dist" / "gallery"
SIZES = {"360": PHONE, "1280": DESK}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="a part of the names of those to photograph, such as sign-up")
    options.add_argument("--to", type=Path, default=FOLDER, help="the folder that they are put into")
    chosen = options.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, chromium() as browser:
        shown = dict(exhibits(Path(folder)))
        names = [name for name in shown if chosen.only in name]
        photographs(browser, shown, names, chosen.to)
    (chosen.to / "index.html").write_text(index(names))
    print(f"{len(names)} pages and mails are in {chosen.to}/index.html")


def exhibits(folder: Path) -> Iterator[tuple[str, Shown]]:
    """Every page and mail by its name, which begins with its language."""
    for language in LANGUAGES:
        gallery = Gallery(folder, language)
        yield from ((f"{language} {page.name}", page) for page in gallery.pages if page.html)
        for name, mail in gallery.mails.items():
            yield f"{language} mail: {name}", Shown(name, 200, HTML, html_of(mail))


def photographs(browser: Browser, shown: dict[str, Shown], names: list[str], folder: Path) -> None:
    exhibition = Exhibition(shown)
    page = browser.new_page(java_script_enabled=False)
    for name in names:
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            page.goto(exhibition.urls[name])
            photograph(page, folder / file_name(name, size))
    exhibition.close()


def photograph(page: Page, path: Path) -> None:
    page.screenshot(path=path, full_page=True)


def file_name(name: str, size: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{name} {size}".lower()).strip("-") + ".png"


def index(names: list[str]) -> str:
    """One page with all of them: a row for each, first what the first screen shows."""
    kinds = list(dict.fromkeys(name.partition(" ")[2] for name in names))
    rows = "".join(row(kind, names) for kind in kinds)
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery</title><style>'
        "body{font:1rem system-ui;margin:2rem;background:#ddd}h2{font-size:1rem;margin:2rem 0 .5rem}"
        ".row{display:flex;gap:1rem;align-items:flex-start}a{display:block;background:#fff;overflow:hidden}"
        ".phone{width:270px;height:555px}.desk{width:560px;height:350px}img{width:100%;display:block}</style>"
        f"<h1>{len(kinds)} pages and mails</h1>{rows}</html>"
    )


def row(kind: str, names: list[str]) -> str:
    pictures = "".join(
        f'<a class="{"phone" if size == "360" else "desk"}" href="{file_name(name, size)}">'
        f'<img loading="lazy" src="{file_name(name, size)}" alt="{escape(name)}, {size} px"></a>'
        for size in SIZES
        for name in (f"{language} {kind}" for language in LANGUAGES)
        if name in names
    )
    return f'<h2>{escape(kind)}</h2><div class="row">{pictures}</div>'


if __name__ == "__main__":
    main()
