"""A mailbox: whose it is, and its address in the one form that every mail server and header takes."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from dela.parsed.hosts import domain
from dela.parsed.text import clean

FORM = re.compile(r"(?P<name>[^<>]*|\"(?:[^\"\\]|\\.)*\")\s*<(?P<address>[^<>]*)>")
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""A dot-atom of RFC 5322. The quoted form is allowed there, and many programs refuse it."""
LONGEST_LOCAL, LONGEST = 64, 254
SUCH_AS = "not a mail address such as dela@example.org or Dela <dela@example.org>"


@dataclass(frozen=True)
class Mailbox:
    """A name, which may be empty and is for people, and an ASCII address.

    As text it is its address alone, which is right in a header, an envelope and a sentence: who wants the name asks.
    """

    name: str
    address: str

    @classmethod
    def of(cls, text: str) -> "Mailbox":
        """The mailbox of ADDRESS, <ADDRESS>, Name <ADDRESS> or "Name" <ADDRESS>. Raises ValueError with a sentence."""
        text = clean(text)
        found = FORM.fullmatch(text)
        return cls(_name(found["name"].strip()), _address(found["address"])) if found else cls("", _address(text))

    @property
    def domain(self) -> str:
        """What stands behind the @, as machines read it."""
        return self.address.rpartition("@")[2]

    @property
    def mailto(self) -> str:
        """The link that writes to it (RFC 6068)."""
        return f"mailto:{quote(self.address, safe='@!$*+')}"

    def __str__(self) -> str:
        return self.address


def _name(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    return text


def _address(text: str) -> str:
    local, at, behind = text.strip().rpartition("@")
    if not at or not local or not behind:
        raise ValueError(SUCH_AS)
    if not local.isascii():
        raise ValueError("has other letters than a to z before its @, which many mail servers can't carry")
    if not LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL or "=?" in local:
        raise ValueError(SUCH_AS)
    address = f"{local}@{domain(behind)}"
    if len(address) > LONGEST:
        raise ValueError(SUCH_AS)
    return address
