"""All links come from here: signed, one salt per purpose, with an age. A token names a document, never an address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Flag, auto
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import quote

from itsdangerous import BadSignature, Signer, TimestampSigner
from itsdangerous.encoding import base64_encode, int_to_bytes

from dela.errors import Expired, NotFound
from dela.settings import Settings

LONG = timedelta(days=400)
"""Longer than any meeting is planned ahead."""
STAMP = "stamp"
STAMP_AGE = timedelta(hours=24)
LONGEST_TOKEN = 512


class Sees(Flag):
    """What the page behind a link shows of its owner: mails are passed on, and then somebody else reads it."""

    NOBODY = 0
    NAME = auto()
    ADDRESS = auto()


class Addressed(Protocol):
    """A document that mails are written to."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


def the_addressee(addressee: Addressed, occurrence: str) -> str:
    """The id of the document that a mail was written to."""
    return addressee.id


@dataclass(frozen=True, kw_only=True)
class Link:
    """A personal link that is mailed, declared beside the mails of its room; the room's web has its handler.

    `purpose` is its salt: a token for one purpose is worth nothing for another. `path` begins with the function's
    name and has a gap for the token. After `age` it is answered as one that was valid once. `shows` is all that who was
    forwarded it learns of the owner. `names` is what its token names, of the addressee and the mail's occurrence.
    """

    purpose: str
    path: str
    age: timedelta
    shows: Sees
    names: Callable[[Any, str], str] = the_addressee

    @property
    def name(self) -> str:
        """Its purpose, which is its own."""
        return self.purpose


class Links:
    """Makes links and opens their tokens. Times come from the caller, so that the demo can move them."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.base_url
        # itsdangerous wants the oldest first; the setting names the newest first.
        self._keys = list(reversed(settings.secret_keys))
        self._signers: dict[str, _Signer] = {}

    def page(self, meeting: str | None, language: str | None = None) -> str:
        """The public page of a meeting, or of the next one."""
        url = f"{self._base}/signup/{quote(meeting)}" if meeting else f"{self._base}/signup"
        return self.in_language(url, language) if language else url

    def thanks(self, meeting: str, language: str | None = None) -> str:
        """The page after a sign-up."""
        url = f"{self._base}/signup/{quote(meeting)}/thanks"
        return self.in_language(url, language) if language else url

    def to(self, link: Link, id: str, now: datetime) -> str:
        """A personal link to this document, signed at `now`."""
        return self.at(link, self._signer(link.purpose).sign_at(id, now))

    def at(self, link: Link, token: str) -> str:
        """The address that a token belongs to."""
        return self._base + link.path.format(token=quote(token, safe=""))

    def in_language(self, url: str, language: str) -> str:
        """The same address, in a language."""
        return f"{url}{'&' if '?' in url else '?'}lang={language}"

    def open(self, link: Link, token: str, now: datetime) -> str:
        """The id that a token names. Raises NotFound for what is none of ours, Expired for what is too old."""
        return self._open(link.purpose, link.age, token, now)[0]

    def stamp(self, now: datetime) -> str:
        """A signed note of when a form was shown."""
        return self._signer(STAMP).sign_at("", now)

    def stamp_age(self, stamp: str, now: datetime) -> timedelta:
        """How long ago a stamp was made. Raises NotFound for a forged one, Expired for a very old one."""
        return now - self._open(STAMP, STAMP_AGE, stamp, now)[1]

    def _signer(self, purpose: str) -> "_Signer":
        if purpose not in self._signers:
            self._signers[purpose] = _Signer(
                self._keys, salt=f"dela.{purpose}", key_derivation="hmac", digest_method=sha256
            )
        return self._signers[purpose]

    def _open(self, purpose: str, age: timedelta, token: str, now: datetime) -> tuple[str, datetime]:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise NotFound("no link of ours")
        try:
            id, signed_at = self._signer(purpose).unsign(token, return_timestamp=True)
        except BadSignature as error:
            raise NotFound("no link of ours") from error
        if now - signed_at > age:
            raise Expired("this link was valid once")
        return id.decode(), signed_at


class _Signer(TimestampSigner):
    """Signs with the time of the caller instead of the machine's."""

    def sign_at(self, value: str, now: datetime) -> str:
        stamped = value.encode() + self.sep + base64_encode(int_to_bytes(int(now.timestamp())))
        return Signer.sign(self, stamped).decode()
