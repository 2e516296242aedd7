"""A telephone number as a link that dials it (RFC 3966): as it is typed, pauses and keys of a conference too."""

KEPT = "0123456789+*,;"
"""Digits, a leading plus, keys, and the pauses that telephones know."""


def tel(number: str) -> str:
    """The tel: address of a number such as "+46 10 555 01 00,,123#". A # would end an address, so it is encoded."""
    return "tel:" + "".join("%23" if each == "#" else each for each in number if each in KEPT or each == "#")
