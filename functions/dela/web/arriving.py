"""Links as they arrive: with what a mail program, a messenger or a person put around them and into them. Pure.

Programs take a full stop, a bracket or a quote that follows a link for a part of it, break long lines anywhere, write &
as &amp; and = as =3D, and encode what they should not. What is signed is still looked at whole and exactly: here only
goes what can't belong to it.
"""

import re
from collections.abc import Collection
from urllib.parse import unquote

SIGNED = r"[^/]+?\.[A-Za-z0-9_-]{4,8}\.[A-Za-z0-9_-]{43}"
"""An id, the time of signing, and a signature (HMAC-SHA256 in base64, never shorter or longer)."""
BREAKS = re.compile("[\\s=\u00ad\u200b-\u200f\u2060\ufeff]+")
"""Where a line was broken: white space, the mark of quoted-printable before it, and what is drawn as nothing."""
NEXT = re.compile(r"(?:[?&\s]|%3f|%26|%20|%0[ad]).*", re.IGNORECASE | re.DOTALL)
"""A query that was taken for a part of the path, or the text after the link."""
AFTER = re.compile(r"(?<=[^\W_])(?:%[0-9a-f]{2}|[^\w/]|_)+$", re.IGNORECASE)
"""What stands behind the last letter or digit: no path of ours ends in anything else."""
LANGUAGE = re.compile(r"[?&;]lang=(?:3d)?([a-z]{2,3})(?![a-z])", re.IGNORECASE)


def token_path(name: str, path: str) -> re.Pattern[str]:
    """What finds a path with a gap for a token, such as /confirm/<token>, with or without its function's name."""
    before, _, after = path.partition("<token>")
    root = f"(?:/{re.escape(name)})?" if name else ""
    return re.compile(f"{root}{re.escape(before)}{SIGNED}{re.escape(after)}")


def as_mailed(path: str, token_paths: Collection[re.Pattern[str]] = ()) -> str:
    """The path as it was mailed.

    A token ends where its signature does, wherever it was broken; another path ends with its last letter or digit.
    """
    whole = BREAKS.sub("", path)
    for each in token_paths:
        if found := each.match(whole):
            return found[0]
    return AFTER.sub("", NEXT.sub("", path)) or "/"


def language_asked(path: str, query: str) -> str | None:
    """The language that a link asks for by lang=, if any, also where that became a part of the path."""
    if "lang" not in path and "lang" not in query:
        return None
    found = LANGUAGE.search(unquote(f"{path}?{query}"))
    return found[1].lower() if found else None
