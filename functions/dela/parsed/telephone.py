"""Telephone numbers as people write them, and the link that rings them."""

import re

BEGIN = re.compile(r"\+?\(?[0-9]")
NOT_DIALLED = re.compile(r"[^0-9+*#,]")


def ringing(text: str) -> str:
    """The link tel:... of the first number in a text, or an empty text if there is none.

    063-555 01 00, +46 (0)63 555 01 00; what follows in words, or after ", " or " / ", is for people. Signs that
    telephones dial after a pause (,,1234#) are kept.
    """
    begin = BEGIN.search(text)
    if begin is None:
        return ""
    number = re.split(r"[^\W\d_]|[,;]\s| /\s|[?:=@]", text[begin.start() :], maxsplit=1)[0]
    if number.startswith("+"):
        number = re.sub(r"\(0\)", "", number)  # which is dialled inside the country only
    dialled = NOT_DIALLED.sub("", number).rstrip(",")
    return "tel:" + dialled[0] + dialled[1:].replace("+", "").replace("#", "%23")
