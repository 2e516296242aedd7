"""Pages: templates/pages filled in, each with the one small style inside, known by its hash."""

from base64 import b64encode
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import urlsplit

from jinja2 import Environment

from dela.settings import Settings
from dela.web import dates
from dela.web.language import LANGUAGES, error_sentence, language_name, other_languages
from dela.web.links import Links
from dela.web.template_environment import template_environment
from dela.web.templates_folder import templates_folder


class Held(Protocol):
    """Something that is held at a time and has a public page."""

    @property
    def id(self) -> str:
        """Its name in addresses."""
        ...

    @property
    def starts_at(self) -> datetime:
        """When it begins, in UTC."""
        ...

    @property
    def minutes(self) -> int:
        """How long it is."""
        ...


class Pages:
    """Renders pages of one forum. Templates are compiled once per language."""

    def __init__(self, settings: Settings, links: Links) -> None:
        self._settings, self._links = settings, links
        self._style, self._more_style = _style("style.css"), _style("more.css")
        self.style_sources = f"{_source(self._style)} {_source(self._more_style)}"
        self._environment = cache(self._environment_of)

    def render(self, name: str, language: str, **context: Any) -> str:
        """The page `name` in a language, as HTML. What a template needs and `context` lacks raises UndefinedError."""
        return self._environment(language).get_template(name).render(context)

    def _environment_of(self, language: str) -> Environment:
        environment = template_environment("pages", language, autoescape=True, trim=True)
        environment.globals |= self._globals(language)
        return environment

    def _globals(self, language: str) -> dict[str, Any]:
        zone = self._settings.time_zone

        def hours(meeting: Held) -> str:
            return dates.hours(meeting.starts_at, meeting.minutes, language, zone)

        def local(url: str) -> str:
            """An address of ours as its path: pages link to each other often, and shall be light."""
            return url.removeprefix(origin)

        settings = self._settings
        parts = urlsplit(settings.base_url)
        origin = f"{parts.scheme}://{parts.netloc}"

        return {
            "forum": self._settings,
            "style": self._style,
            "more_style": self._more_style,
            "language": language,
            "languages": list(LANGUAGES.values()),
            "other_languages": other_languages(language),
            "in_language": self._links.in_language,
            "home_url": self._links.page(None, language),
            "page_url": lambda meeting: self._links.page(meeting.id, language),
            "day": lambda moment: dates.day(moment, language, zone),
            "clock": lambda moment: dates.clock(moment, language, zone),
            "hours": hours,
            "short": lambda moment: dates.short(moment, language, zone),
            "day_of_year": lambda moment: dates.day_of_year(moment, language, zone),
            "zone": dates.zone_words(language, settings.language, zone),
            "subject": settings.subject_in(language),
            "meeting_language": language_name(settings.meeting_language, language),
            "public_url": lambda path: local(self._links.public(path, language)),
            "poster_url": lambda meeting: self._links.poster(meeting.id, language),
            "share_url": lambda meeting: self._links.page(meeting.id if meeting else None),
            "files_url": self._links.public,
            "iso": lambda moment: dates.iso_local(moment, zone),
            "how_far": lambda now, start: dates.how_far(now, start, language, zone),
            "error_sentence": lambda code, field="": error_sentence(code, language, field),
        }


def _style(name: str) -> str:
    """A style of templates/pages on one line. Only few pages need more.css: the first page stays light."""
    return " ".join((templates_folder() / "pages" / name).read_text().split())


def _source(style: str) -> str:
    """A style as the Content-Security-Policy allows it."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
