"""What endpoints need to answer with: the forum's links and pages, made once for its settings."""

from dataclasses import dataclass

from dela.settings import Settings
from dela.web.links import Links
from dela.web.pages import Pages


@dataclass(frozen=True, eq=False)
class Site:
    """One forum's face: one object for one forum, compared as such."""

    settings: Settings
    links: Links
    pages: Pages


def site_of(settings: Settings) -> Site:
    """The site of these settings; made once by `Ports.once`."""
    links = Links(settings)
    return Site(settings, links, Pages(settings, links))
