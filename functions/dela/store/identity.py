"""Who is who without saying it: ids derived from addresses and clients, by a key that is never rotated.

docs/rules.md, "Identity is not signing": a rotated link key must not register people twice.
"""

import hashlib
import hmac
import unicodedata
from base64 import b32encode

PERSON_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The characters of a person's id in the order in which they sort; they are used uniformly."""
PERSON_LENGTH = 26
ENOUGH = 20
"""So many octets make more characters than that, without padding."""


def canonical_address(email: str) -> str:
    """The form of an address under which it is one and the same person: no outer spaces, composed, lower-case ASCII.

    No other letters are folded: Unicode makes one of several that mail servers keep apart (larſ and lars), and then
    one person's mail would go to another.
    """
    return "".join(each.lower() if each.isascii() else each for each in _composed(email))


def person_id(identity_key: str, email: str) -> str:
    """The id of whoever owns this address: 130 bits, lower-case base32, uniform over its alphabet."""
    return _digest(identity_key, "person", canonical_address(email))


def person_id_of_old(identity_key: str, email: str) -> str:
    """The id that the first release gave this address; another one only where it holds letters beyond ASCII."""
    return _digest(identity_key, "person", _composed(email).casefold())


def person_id_apart(identity_key: str, email: str) -> str:
    """The id of an address whose own is another's, because the first release took the two for one."""
    return _digest(identity_key, "person apart", canonical_address(email))


def same_address(one: str, other: str) -> bool:
    """Whether two addresses that the first release took for one differ in their case only."""
    return one.isascii() == other.isascii() and _composed(one).lower() == _composed(other).lower()


def recipient_id(identity_key: str, email: str) -> str:
    """The id of a mailbox, for limits only: sub-addresses (anna+forum@example.org) reach one, and count as one."""
    local, at, domain = canonical_address(email).rpartition("@")
    mailbox = local.partition("+")[0] or local
    return _digest(identity_key, "recipient", f"{mailbox}{at}{domain}")


def client_id(identity_key: str, address: str) -> str:
    """The id of a network client, for counting without keeping its address."""
    return _digest(identity_key, "client", address)


def cause_id(identity_key: str, message: str) -> str:
    """The id of what remembers who caused a mail, without naming whom the mail is to."""
    return _digest(identity_key, "cause", message)


def registration_id(meeting: str, person: str) -> str:
    """The id of a person's registration for a meeting."""
    return f"{meeting}.{person}"


def parts_of(registration: str) -> tuple[str, str]:
    """The meeting and the person in the id of a registration."""
    meeting, _, person = registration.rpartition(".")
    return meeting, person


def after(person: str) -> str:
    """The smallest text that sorts after this person's id and before any other's: a range from it leaves them out."""
    return f"{person} "


def _composed(email: str) -> str:
    """Keyboards and programs compose letters differently; the first release stored composed ones only."""
    return unicodedata.normalize("NFC", email.strip())


def _digest(key: str, purpose: str, value: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256)
    return b32encode(digest[:ENOUGH]).decode().lower()[:PERSON_LENGTH]
