"""What people type and paste, as they meant it: without what nobody can see. Pure: text goes in, text comes out.

Copied text brings along byte order marks, soft hyphens, zero-width spaces and direction marks; nobody finds them by
looking, so nobody can take them out. Direction overrides and isolates, beside that, make a text read otherwise than it
is stored, and with it the rest of a mail. All of these go. What joins letters or emoji to one sign stays.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import islice
from urllib.parse import unquote

LONGEST = 2000
"""What is longer is too long for any field and left as it is: cleaning costs whoever is asked."""
INVISIBLE = (
    "\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""What Unicode draws as nothing (Default_Ignorable_Code_Point), and the place of a picture that was not copied."""
FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
"""The flag of a region: an emoji with the region's name in letters that are drawn as nothing elsewhere."""
UNSEEN = re.compile(f"({FLAG})|[{INVISIBLE}]")
BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0]+")
"""White space without what are controls, and letters that are drawn as white space."""
JOINERS = ("\u200c", "\u200d")
"""Zero width non-joiner and joiner: they write Persian and Malayalam, and make families of emoji."""
VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors: the coloured form of an emoji, a family's own form of a Han character."""
DEPENDENT = re.compile(f"[{''.join(JOINERS)}]|{VARIANT.pattern}")
JOINED = ("Lo", "Lm", "So", "Sk", "Sm")
"""What joiners join: letters of scripts without capitals, and symbols."""
MARKS = ("Mn", "Mc", "Me")
MOST_MARKS = 30
"""So many at most stand on a letter in any language (UAX 15, Stream-Safe Text Format)."""
NEVER = ("Cc", "Cs")
OWN_FORMS = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
"""Forms of Han characters that some names insist on; NFC would put the common ones in their place."""

BRACKETS = re.compile(r"[<>()\[\]]")
AROUND = "\"'`´‘’‚“”„«»‹›,;: \t\r\n"
"""What stands around an address in a text or in a list of them."""
MAILTO = re.compile(r"mailto:([^?]*)(\?.*)?", re.IGNORECASE | re.DOTALL)
BLANKS_AT_DOTS = re.compile(r"\s*\.\s*")
AT_SIGNS = str.maketrans("＠﹫", "@@")


def line(value: str) -> str:
    """A name or another short text: composed (NFC), without what can't be seen, single blanks inside, none around.

    Control characters stay in it: whoever checks it refuses them.
    """
    return value if len(value) > LONGEST else _cleaned(value)


def address(value: str) -> str:
    """The address in `value`, as far as it can be told without guessing; else `value`, cleaned as a line.

    It may stand behind mailto:, in brackets behind a name, between quotes, before a comma, or twice; around its @ and
    the dots of its domain there may be blanks. A blank elsewhere stays: what belongs there only its owner knows.
    """
    if len(value) > LONGEST:
        return value
    text = line(value.translate(AT_SIGNS))
    found = {bare for part in BRACKETS.split(text) if "@" in (bare := _bare(part))}
    return found.pop() if len(found) == 1 else text


def shown(value: str) -> str:
    """A text of anybody as one line of a mail: as `line`, with blanks for controls and for halves of characters."""
    if value.isascii() and value.isprintable():
        return _cleaned(value)
    return _cleaned("".join(" " if unicodedata.category(each) in NEVER else each for each in value))


def _cleaned(value: str) -> str:
    if not value.isascii():
        value = UNSEEN.sub(lambda found: found[1] or "", value)
        value = _composed(_without_loose_joiners(_composed(BLANKS.sub(" ", value))))
    return BLANKS.sub(" ", value).strip()


def _bare(text: str) -> str:
    text = text.strip(AROUND)
    if mailto := MAILTO.fullmatch(text):
        text = line(unquote(mailto[1])).strip(AROUND)
    name, at, domain = text.rpartition("@")
    return f"{name.rstrip()}{at}{BLANKS_AT_DOTS.sub('.', domain).strip()}".rstrip(f"{AROUND}.!?")


def _composed(value: str) -> str:
    pieces = OWN_FORMS.split(value)
    pieces[::2] = [unicodedata.normalize("NFC", piece) for piece in pieces[::2]]
    return "".join(pieces)


def _without_loose_joiners(value: str) -> str:
    """Without joiners and variation selectors that stand behind nothing that they could join or vary."""
    kept: list[str] = []
    if not DEPENDENT.search(value):
        return value
    for each in value:
        if (each not in JOINERS or _joins(kept)) and (not VARIANT.match(each) or _varies(kept)):
            kept.append(each)
    return "".join(kept)


def _joins(before: Sequence[str]) -> bool:
    """Whether a joiner does something behind these characters: their last one, without its marks, can be joined."""
    kinds = (unicodedata.category(each) for each in islice(reversed(before), MOST_MARKS))
    base = next((kind for kind in kinds if kind not in MARKS), "")
    return base in JOINED and not before[-1].isascii()


def _varies(before: Sequence[str]) -> bool:
    return bool(before) and unicodedata.category(before[-1]) not in ("Zs", "Cc", "Cf") and not VARIANT.match(before[-1])
