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


_sites: dict[int, tuple[Settings, Site]] = {}


def site_of(settings: Settings) -> Site:
    """The site of these settings; the same object for the same settings object."""
    known = _sites.get(id(settings))
    if known is None or known[0] is not settings:
        links = Links(settings)
        known = _sites[id(settings)] = (settings, Site(settings, links, Pages(settings, links)))
    return known[1]
