"""Text as operators type it into settings: what is around it, what must not be in it, and lists."""

import re
import unicodedata

FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, octets that are no UTF-8, and line ends: they would end a header or a line of a calendar."""
OUTSIDE_QUOTES = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"|")+')
"""What stands between two commas; a comma between quotes belongs to a name."""


def unquoted(value: str) -> str:
    """A variable's value without blanks around it, and without one pair of matching quotes around all of it.

    systemd and shells take such quotes off, docker's --env-file and some hosts' forms keep them: the same file shall
    mean the same everywhere. Where the same quote stands inside, too, it belongs to what was typed: "A" and "B".
    """
    value = value.strip()
    for quote in "\"'":
        if len(value) > 1 and value[0] == value[-1] == quote and quote not in value[1:-1]:
            return value[1:-1].strip()
    return value


def clean(value: str) -> str:
    """The text without blanks around it. Raises ValueError if a header, a link or a file name could break on it."""
    value = value.strip()
    if not is_one_line(value):
        raise ValueError("holds a line end, a control character or octets that are no UTF-8")
    return value


def is_one_line(value: str) -> bool:
    """Whether nothing is in the text that ends a line or that no reader sees."""
    return all(unicodedata.category(character) not in FORBIDDEN for character in value)


def words(value: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def words_in_quotes(value: str) -> tuple[str, ...]:
    """What stands between commas, unless these stand between quotes: "Norrby, Karin" <karin@example.org>."""
    return tuple(word.strip() for word in OUTSIDE_QUOTES.findall(value) if word.strip())
