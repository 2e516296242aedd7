"""Addresses of the web as browsers write them, so that comparing is comparing texts."""

import re
from urllib.parse import quote

from dela.parsed.hosts import host_and_port

FORM = re.compile(r"(?P<scheme>https?)://(?P<place>[^/?#\\]*)(?P<rest>.*)", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}
LEFT_IN_PATHS = "/%:@!$&'()*+,;=-._~"
SUCH_AS = "not an address such as https://dela.example.org"


def web_address(text: str) -> str:
    """An address that others are made of by adding a path: without a slash at its end. Raises ValueError."""
    origin, path = _read(text)
    if "?" in path or "#" in path:
        raise ValueError("an address that paths are added to has no ? and no # in it")
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        raise ValueError("has a % in its path that stands for no character")
    return origin + quote(path.rstrip("/"), safe=LEFT_IN_PATHS)


def site_origin(text: str) -> str:
    """A site, as browsers name it in the header Origin. Raises ValueError."""
    origin, path = _read(text)
    if path not in ("", "/"):
        raise ValueError("name the site alone, such as https://www.example.org: browsers do not say which page asks")
    return origin


def _read(text: str) -> tuple[str, str]:
    """The origin, and what stands behind it."""
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError(SUCH_AS)
    if "@" in found["place"]:
        raise ValueError("an address of the web names no user here")
    scheme = found["scheme"].lower()
    host, port = host_and_port(found["place"])
    told = "" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host}{told}", found["rest"]
