"""Pages: templates/pages filled in, each with the one small style inside, known by its hash."""

from base64 import b64encode
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256
from typing import Any, Protocol

from jinja2 import Environment

from dela.settings import Settings
from dela.web import dates
from dela.web.language import LANGUAGES, error_sentence, other_languages
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
        self._style = " ".join(_file("style.css").split())
        self.style_hash = _hash(self._style)
        self._speakers_style = " ".join(_file("speakers.css").split())
        self.speakers_style_hash = _hash(self._speakers_style)
        self._environment = cache(self._environment_of)

    @cached_property
    def host_script(self) -> str:
        """The few lines that let the host's page count down by itself."""
        return _file("host.js").strip()

    @cached_property
    def host_script_hash(self) -> str:
        """By which they are allowed."""
        return _hash(self.host_script)

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

        return {
            "forum": self._settings,
            "style": self._style,
            "speakers_style": self._speakers_style,
            "language": language,
            "languages": list(LANGUAGES.values()),
            "other_languages": other_languages(language),
            "in_language": self._links.in_language,
            "home_url": self._links.page(None, language),
            "page_url": lambda meeting: self._links.page(meeting.id, language),
            "day": lambda moment: dates.day(moment, language, zone),
            "clock": lambda moment: dates.clock(moment, language, zone),
            "hours": hours,
            "zone_name": lambda moment: dates.zone_name(moment, language, zone),
            "iso": lambda moment: dates.iso_local(moment, zone),
            "iso_exact": lambda moment: moment.isoformat(timespec="milliseconds"),
            "how_far": lambda now, start: dates.how_far(now, start, language, zone),
            "error_sentence": lambda code, field="": error_sentence(code, language, field),
        }


def _file(name: str) -> str:
    return (templates_folder() / "pages" / name).read_text()


def _hash(text: str) -> str:
    """How a policy names what stands inside a page (Content Security Policy)."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
