"""Text with gaps: encoded once, filled in for each person, so that a mail costs microseconds.

Building each mail with the email package takes milliseconds, longer than sending it (docs/quoted-printable.md).
Quoted-printable allows a soft line break anywhere: with one on either side of a gap, what stands before, in and after
it can be encoded apart from each other (RFC 2045, 6.7).
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from email.quoprimime import body_encode

from dela.web.typed import shown

GAP = re.compile("\x02([a-z_]+)\x03")
PLAIN = re.compile(r"[A-Za-z0-9 ,.:;/?&_#()'+~\-]{1,70}")
SOFT_BREAK = b"=\r\n"
LINE = 75
ICAL_LINE = 73
WORD_OCTETS = 36
"""Of an encoded word, so that it fits behind the name of its header: 48 characters of base64 and 12 around them."""
SHORT = 10
FOLD = "\r\n "
PLAIN_HEADER = 60


def gap(name: str) -> str:
    """The mark of a gap in a text that is rendered once."""
    return f"\x02{name}\x03"


class Pieces:
    """A text cut at its gaps, each piece encoded as quoted-printable; `value` prepares what is put into a gap."""

    def __init__(self, text: str, value: Callable[[str], str] = str) -> None:
        cut = GAP.split(text)
        self._fixed = [quoted_printable(piece) for piece in cut[::2]]
        self.names = cut[1::2]
        self._value = value

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The encoded text with its gaps filled in."""
        parts = [self._fixed[0]]
        for name, fixed in zip(self.names, self._fixed[1:], strict=True):
            parts += (SOFT_BREAK, quoted_printable(self._value(values[name])), SOFT_BREAK, fixed)
        return b"".join(parts)


def quoted_printable(text: str) -> bytes:
    """Text as quoted-printable, lines of at most 75 characters ending in CRLF, no trailing line end added."""
    if PLAIN.fullmatch(text) and not text.endswith(" "):
        return text.encode()
    octets = text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace").decode("latin-1")
    encoded = body_encode(octets, maxlinelen=LINE, eol="\r\n").encode("ascii")
    return re.sub(rb"[ \t](?=\r\n|$)", _visible, encoded)


def folded_value(value: str) -> str:
    """A value in an iCalendar line: a short one stays in it, a long one is folded (RFC 5545, 3.1)."""
    if len(value) <= SHORT:
        return value
    chunks = [value[start : start + ICAL_LINE] for start in range(0, len(value), ICAL_LINE)]
    return "".join(f"{FOLD}{chunk}" for chunk in chunks)


def mailbox(name: str, address: str) -> bytes:
    """A header's mailbox: a display name that can't be mistaken for anything else, and the bare address.

    Many programs decode encoded words (RFC 2047) inside quotes, so that a name that looks like one is encoded itself.
    """
    readable = shown(name)
    if not readable:
        return address.encode()
    if _plain(readable):
        quoted = readable.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'.encode()
    return _encoded_words(readable) + f"\r\n <{address}>".encode()


def words(text: str) -> bytes:
    """The value of a header that people read, as one logical line."""
    readable = shown(text)
    return readable.encode() if _plain(readable) else _encoded_words(readable)


def _plain(readable: str) -> bool:
    return readable.isascii() and len(readable) <= PLAIN_HEADER and "=?" not in readable


def _encoded_words(readable: str) -> bytes:
    """Encoded words (RFC 2047, 2 and 5) on lines of their own, no character cut in two."""
    chunks = [b""]
    for character in readable:
        octets = character.encode(errors="replace")
        if len(chunks[-1]) + len(octets) > WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return b"\r\n ".join(b"=?utf-8?b?%b?=" % b64encode(chunk) for chunk in chunks)


def _visible(space: re.Match[bytes]) -> bytes:
    return b"=20" if space[0] == b" " else b"=09"
