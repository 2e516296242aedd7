"""What browsers, robots and telephones' keyboards ask for outside the functions, at home: a cloud's host does that."""

from collections.abc import Callable, Collection
from urllib.parse import quote

from werkzeug import Request, Response

from dela.settings import Settings
from dela.web.call import READING
from dela.web.links import Link
from dela.web.templates_folder import templates_folder

DAY = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


def outside(request: Request, settings: Settings, functions: Collection[str]) -> Response | None:
    """The answer to GET and HEAD of a path below none of `functions`; None where there is none. Reads no store."""
    if request.method not in READING:
        return None
    if request.path in FILES:
        return FILES[request.path]()
    return _in_small_letters(request, settings.base_url, functions)


def _robots() -> Response:
    """Robots may look at the public page, and not behind personal links."""
    from dela.declarations import DECLARATIONS  # every room's: nobody who starts a forum waits for them

    personal = sorted({each.path.partition("{")[0] for each in DECLARATIONS if isinstance(each, Link)})
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in personal), "Allow: /signup"]
    return Response("\n".join(lines) + "\n", headers=DAY, mimetype="text/plain")


def _favicon() -> Response:
    """What browsers ask for by themselves, although each page has its icon in itself (templates/pages/base.html)."""
    return _image("favicon.ico", "image/vnd.microsoft.icon")


def _touch_icon() -> Response:
    return _image("apple-touch-icon.png", "image/png")


def _image(name: str, mimetype: str) -> Response:
    return Response((templates_folder() / "files" / name).read_bytes(), headers=DAY, mimetype=mimetype)


FILES: dict[str, Callable[[], Response]] = {
    "/robots.txt": _robots,
    "/favicon.ico": _favicon,
    "/apple-touch-icon.png": _touch_icon,
}


def _in_small_letters(request: Request, base_url: str, functions: Collection[str]) -> Response | None:
    """The way from /Signup/... to /signup/..., since telephones begin with a capital. What follows may be a token."""
    name, slash, rest = request.path.removeprefix("/").partition("/")
    if name.lower() not in functions:
        return None
    query = f"?{quote(request.query_string, safe='=&%')}" if request.query_string else ""
    headers = {
        "Location": f"{base_url}/{name.lower()}{slash}{quote(rest)}{query}",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status=303, headers=headers)
