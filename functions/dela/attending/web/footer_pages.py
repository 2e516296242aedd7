"""The pages behind the footer, the poster, and the few files that pages and other sites ask for."""

from functools import cache
from typing import Any

from werkzeug import Response

from dela.attending.standing import Standing
from dela.attending.web.public_page import standing_of
from dela.attending.web.qr import qr_code
from dela.attending.web.shown import shown
from dela.attending.web.which_meeting import named_meeting
from dela.meetings.reading import next_meeting
from dela.speaking.past import kept_shared_before
from dela.web.call import Call
from dela.web.templates_folder import templates_folder

A_DAY = "public, max-age=86400"
FILES = {
    "fells.png": "image/png",
    "apple-touch-icon.png": "image/png",
    "favicon.ico": "image/vnd.microsoft.icon",
}


def about(call: Call) -> Response:
    """GET: what this is, who is behind it, and where it comes from."""
    return _text(call, "about", {})


def past(call: Call) -> Response:
    """GET: what was shared at past meetings, as far as the speakers agree."""
    return _text(call, "past", {"meetings": kept_shared_before(call.ports, call.now)})


def your_data(call: Call) -> Response:
    """GET: what becomes of personal data (GDPR, article 13)."""
    return _text(call, "your-data", {})


def accessibility(call: Call) -> Response:
    """GET: the accessibility statement (act 2018:1937, 13 §; MDFFS 2019:2, 6 §)."""
    return _text(call, "accessibility", {})


def contact(call: Call) -> Response:
    """GET: who answers, and how."""
    return _text(call, "contact", {})


def poster(call: Call, meeting: str | None = None) -> Response:
    """GET: a page of A4 with a QR code, of a meeting or of the next one, to be printed by anyone."""
    found = named_meeting(call, meeting) if meeting else next_meeting(call.ports.store, call.now)
    links = call.site.links
    url = links.page(found.id if meeting and found else None)
    here = links.poster(found.id) if meeting and found else links.public("poster")
    standing = standing_of(call, found)
    return call.page(
        "poster.html",
        here=here,
        url=url,
        qr=qr_code(url),
        signup_url=links.page(found.id if found else None, call.language),
        **shown(call.site, call.language, standing, found),
    )


def file(call: Call, name: str) -> Response:
    """GET: an image; the same for everybody, so that it may be kept for a day."""
    headers = {"Cache-Control": A_DAY, "X-Content-Type-Options": "nosniff"}
    return Response(_bytes(name), headers=headers, mimetype=FILES[name])


@cache
def _bytes(name: str) -> bytes:
    return (templates_folder() / "files" / name).read_bytes()


def _text(call: Call, name: str, more: dict[str, Any]) -> Response:
    context = shown(call.site, call.language, Standing.NONE, None)
    return call.page(f"{name.replace('-', '_')}.html", here=call.site.links.public(name), **context, **more)
