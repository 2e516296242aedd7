"""One request with everything that answering it needs, and where it came from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug import Request, Response
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from dela.ports import Ports
from dela.web.arriving import language_asked
from dela.web.bounds import bound
from dela.web.headers import page_headers
from dela.web.language import choose_language
from dela.web.links import Link
from dela.web.site import Site, site_of

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON_TYPE = "application/json"
READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Call:
    """One request with everything that answering it needs. For GET and HEAD the ports' store can't write."""

    request: Request
    ports: Ports
    site: Site
    language: str
    now: datetime

    @property
    def posted(self) -> bool:
        """Whether this request may change something."""
        return self.request.method == "POST"

    def open(self, link: Link, token: str) -> str:
        """The id that a mailed link names. Raises NotFound or Expired."""
        return self.site.links.open(link, token, self.now)

    def page(self, name: str, status: int = 200, **context: Any) -> Response:
        """A page of templates/pages as an answer, with the headers of a page.

        `here` in the context is its address, for the links to the same page in other languages; a page that has none
        leads to the public page in them.
        """
        context.setdefault("here", self.site.links.page(None))
        return self.answer(self.site.pages.render(name, self.language, now=self.now, **context), status)

    def linked_page(self, name: str, link: Link, token: str, status: int = 200, **context: Any) -> Response:
        """The page behind a mailed link. Its forms lead back to it: `action` in the context."""
        here = self.site.links.at(link, token)
        return self.page(name, status, here=here, action=self.site.links.in_language(here, self.language), **context)

    def answer(self, html: str | bytes, status: int = 200) -> Response:
        """HTML as an answer, with the headers of a page."""
        return Response(html, status, page_headers(self.site, self.language), mimetype="text/html")


def call_of(request: Request, ports: Ports) -> Call:
    """The call that a request makes; for GET and HEAD with ports that can't write."""
    site = ports.once(site_of)
    bound(request)
    asked = language_asked(request.path, request.query_string.decode("ascii", "replace"))
    # Octets that are no UTF-8 make werkzeug's `args` raise: browsers and our own links send none.
    if not request.query_string.isascii():
        request.query_string = b""
    accepted = accepted_languages(request.headers.get("Accept-Language"))
    language = choose_language(asked, accepted, ports.settings.language)
    allowed = ports.read_only if request.method in READING else ports
    return Call(request, allowed, site, language, ports.clock.now())


def accepted_languages(header: str | None) -> list[str]:
    """The tags of an Accept-Language header in the reader's order, as far as it can be read (RFC 9110, 12.5.4)."""
    accepted = parse_accept_header(header or "", LanguageAccept)
    return [tag for tag, quality in accepted if quality > 0]


def client_address(request: Request, proxies: int) -> str:
    """The network address of the client: the entry of X-Forwarded-For that `proxies` counts from the right.

    Entries further left are the client's own claims. Without proxies it is the peer itself.
    """
    peer = request.remote_addr or ""
    if not proxies:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else peer
