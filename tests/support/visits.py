"""Visits to a forum as scanners and people make them: every personal link, and what a visit left behind."""

import re
import sqlite3
from datetime import datetime
from html import unescape

from dela.attending.links import LINKS
from dela.meetings.meeting import Meeting
from dela.web.language import translations
from dela.web.links import Link, Links
from dela.web.site import site_of
from tests.support.forum import Forum

BEHIND_THE_FOOTER = ("about", "past", "your-data", "accessibility", "contact", "poster", "next", "next/thanks")


def links_of(forum: Forum) -> Links:
    return forum.ports.once(site_of).links


def personal(forum: Forum, link: Link | str, id: str, at: datetime | None = None) -> str:
    """A personal link, given by itself or by its purpose, signed at a time, by default now."""
    named = {each.name: each for each in LINKS}
    return links_of(forum).to(named[link] if isinstance(link, str) else link, id, at or forum.now)


def readable_addresses(forum: Forum, meeting: Meeting, id: str) -> list[str]:
    """Every address that can be opened with GET, public and personal, of one meeting and one registration."""
    links = links_of(forum)
    base = forum.settings.base_url
    public = [
        links.page(None),
        links.page(meeting.id),
        links.thanks(meeting.id, "en"),
        f"{base}/signup/meetings.json",
        f"{base}/signup/openapi.json",
        *(links.public(path) for path in BEHIND_THE_FOOTER),
        links.poster(meeting.id),
    ]
    return [*public, *(personal(forum, purpose, id) for purpose in LINKS)]


def everything(forum: Forum) -> dict[str, object]:
    """All that is stored: every row of every table, wake-ups too, and the mails that were sent."""
    connection = sqlite3.connect(forum.settings.sqlite_path)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}
    finally:
        connection.close()
    mails = sorted(path.name for path in (forum.folder / "outbox").glob("*.eml"))
    return {**{name: rows for name, rows in tables.items() if rows}, "outbox": mails}


def text_of_page(html: str) -> str:
    """The words of a page, without its tags."""
    without = re.sub(r"<(style|title)>.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())


def said(text: str, language: str, **values: object) -> str:
    """A sentence of ours as it reads in a language, to be found in a page."""
    assert translations("sv").gettext(text) != text, f"there is no such text any more: {text}"
    return " ".join(translations(language).gettext(text).replace("%(", "{").replace(")s", "}").format(**values).split())


def form_values(html: str) -> dict[str, str]:
    """What a page's first form with fields would send: values of inputs and selected options."""
    values: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", html):
        kind = re.search(r'type="(\w+)"', tag)
        name = re.search(r'name="(\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and not (kind and kind[1] == "checkbox" and " checked" not in tag):
            values[name[1]] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select\b[^>]*name="(\w+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r"<option(?: value=\"([^\"]*)\")?[^>]* selected>([^<]*)<", options)
        values[name] = unescape(chosen[1] if chosen and chosen[1] is not None else chosen[2] if chosen else "")
    return values
