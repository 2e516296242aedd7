"""Who is who without saying it: ids derived from addresses and clients, by a key that is never rotated.

docs/rules.md, "Identity is not signing": a rotated link key must not register people twice.
"""

import hashlib
import hmac
from base64 import b32encode

PERSON_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The characters of a person's id in the order in which they sort; they are used uniformly."""
PERSON_LENGTH = 26
ENOUGH = 20
"""So many octets make more characters than that, without padding."""


def canonical_address(email: str) -> str:
    """The form of an address under which it is one and the same person: without outer spaces, case folded."""
    return email.strip().casefold()


def person_id(identity_key: str, email: str) -> str:
    """The id of whoever owns this address: 130 bits, lower-case base32, uniform over its alphabet."""
    return _digest(identity_key, "person", canonical_address(email))


def client_id(identity_key: str, address: str) -> str:
    """The id of a network client, for counting without keeping its address."""
    return _digest(identity_key, "client", address)


def registration_id(meeting: str, person: str) -> str:
    """The id of a person's registration for a meeting."""
    return f"{meeting}.{person}"


def after(person: str) -> str:
    """The smallest text that sorts after this person's id and before any other's: a range from it leaves them out."""
    return f"{person} "


def _digest(key: str, purpose: str, value: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256)
    return b32encode(digest[:ENOUGH]).decode().lower()[:PERSON_LENGTH]
