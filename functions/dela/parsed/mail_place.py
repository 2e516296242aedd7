"""Where mails go out: a mail server with an account, or a folder. No sentence here repeats what was typed."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote_to_bytes

from dela.parsed.hosts import host_and_port
from dela.parsed.text import is_one_line

LOOKS_LIKE = "it looks like smtp://USER:PASSWORD@HOST:587"
PORTS = {"smtp": 587, "smtps": 465}
LOCAL = ("localhost", "127.0.0.1", "::1")
Tls = Literal["starttls", "at once", "off"]


@dataclass(frozen=True)
class MailServer:
    """A mail server, how one speaks to it, and as whom. Its repr keeps the account to itself."""

    host: str
    port: int
    tls: Tls
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, text: str) -> "MailServer":
        """The server of smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST:465 (TLS at once).

        For a server on this very machine it may end in ?tls=off. What stands before the last @ is the account: signs
        that have a meaning in URLs, / ? # @ and further colons, may stand there as they are, because passwords are
        pasted; only % begins a code, as URLs have it. Raises ValueError with a sentence.
        """
        scheme, _, rest = text.partition("://")
        if scheme.lower() not in PORTS:
            raise ValueError(LOOKS_LIKE)
        account, at, place = rest.rpartition("@")
        host, port, plain = _place(place)
        if plain and (scheme.lower() == "smtps" or host not in LOCAL):
            raise ValueError("mail may leave without TLS only to a server on this machine")
        user, password = _account(account) if at else ("", "")
        tls: Tls = "off" if plain else "at once" if scheme.lower() == "smtps" else "starttls"
        return cls(host, PORTS[scheme.lower()] if port is None else port, tls, user, password)


@dataclass(frozen=True)
class MailFolder:
    """A folder that mails are written to instead of being sent."""

    folder: Path


def mail_place(text: str) -> MailServer | MailFolder | None:
    """What DELA_MAIL says; None if nothing. Raises ValueError with a sentence."""
    if text.startswith("outbox:") and text != "outbox:":
        return MailFolder(Path(text.removeprefix("outbox:")))
    return MailServer.of(text) if text else None


def _place(text: str) -> tuple[str, int | None, bool]:
    found = re.fullmatch(r"([^/?#]*)/?(\?tls=off)?", text)
    if found is None:
        raise ValueError(f"after the server's name and port nothing stands but ?tls=off: {LOOKS_LIKE}")
    try:
        host, port = host_and_port(found[1])
    except ValueError:
        host, port = "", 0
    if not host or port == 0:
        raise ValueError(f"no server that can be one is named behind its last @: {LOOKS_LIKE}")
    return host.strip("[]"), port, bool(found[2])


def _account(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    if not user or not password:
        raise ValueError(f"a user or a password is missing before its last @: {LOOKS_LIKE}")
    return _decoded(user), _decoded(password)


def _decoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError("a % in user or password is written as %25")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeError:
        decoded = ""
    if not decoded or not is_one_line(decoded):
        raise ValueError("user or password hold a code that stands for no character: a % is written as %25")
    return decoded
