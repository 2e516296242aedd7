"""Names of hosts and domains as machines read them: lower-case ASCII, with A-labels for letters of other scripts."""

import re
from ipaddress import IPv4Address, IPv6Address

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LABEL_OF_A_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""Containers are often called like mail_relay, and resolve."""
LONGEST = 253
PORTS = range(65536)


def domain(text: str) -> str:
    """The domain of a mail address. Raises ValueError with a sentence."""
    return _checked(_ascii(text), LABEL)


def host(text: str) -> str:
    """The host of a URL: a name or an address; IPv6 in brackets. Raises ValueError with a sentence.

    Browsers read a name that ends in a number as an address of IPv4, in forms of which few people know; so only the
    usual one is taken.
    """
    try:
        if text.startswith("[") and text.endswith("]"):
            return f"[{IPv6Address(text[1:-1]).compressed}]"
        if text.rpartition(".")[2].isdecimal():
            return str(IPv4Address(text))
    except ValueError as error:
        raise ValueError("names a host by what is no network address") from error
    return _checked(_ascii(text), LABEL_OF_A_HOST)


def host_and_port(text: str) -> tuple[str, int | None]:
    """HOST or HOST:PORT. Raises ValueError with a sentence."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?", text)
    if found is None or (found[2] and int(found[2]) not in PORTS):
        raise ValueError("has something else than a number up to 65535 after the colon of its host")
    return host(found[1]), int(found[2]) if found[2] else None


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    import idna  # its tables take time to load, and few need them

    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError as error:
        raise ValueError("names a domain with letters that domains can't have") from error


def _checked(name: str, label: re.Pattern[str]) -> str:
    if not name:
        raise ValueError("names no host or domain")
    labels = name.split(".")
    if len(name) > LONGEST or labels[-1].isdecimal() or not all(label.fullmatch(each) for each in labels):
        raise ValueError("names a domain that can't exist: labels of letters, digits and hyphens, with dots between")
    return name
