"""All links come from here: signed, one salt per purpose, with an age. A token names a document, never an address."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from urllib.parse import quote

from itsdangerous import BadSignature, HMACAlgorithm, Signer, TimestampSigner
from itsdangerous.encoding import base64_encode, int_to_bytes, want_bytes

from dela.errors import Expired, NotFound
from dela.settings import Settings
from dela.web.language import other_language


class Purpose(StrEnum):
    """What a token is for: one for a purpose is worth nothing for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    JOIN = "join"
    CALENDAR = "calendar"
    UNSUBSCRIBE = "unsubscribe"
    OWN_DATA = "own_data"
    STAMP = "stamp"


LONG = timedelta(days=400)
"""Longer than any meeting is planned ahead."""
AGES = {
    Purpose.CONFIRM: timedelta(hours=48),
    Purpose.OWN_DATA: timedelta(hours=1),
    Purpose.STAMP: timedelta(hours=24),
}
PATHS = {
    Purpose.CONFIRM: "/signup/confirm/{token}",
    Purpose.MANAGE: "/signup/manage/{token}",
    Purpose.OWN_DATA: "/signup/manage/{token}",
    Purpose.CALENDAR: "/signup/calendar/{token}.ics",
    Purpose.UNSUBSCRIBE: "/signup/unsubscribe/{token}",
    Purpose.JOIN: "/join/{token}",
}
LONGEST_TOKEN = 512


class Links:
    """Makes links and opens their tokens. Times come from the caller, so that the demo can move them."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.base_url
        # itsdangerous wants the oldest first; the setting names the newest first.
        keys = list(reversed(settings.secret_keys))
        self._signers = {purpose: _Signer(keys, purpose) for purpose in Purpose}

    def page(self, meeting: str | None, language: str | None = None) -> str:
        """The public page of a meeting, or of the next one."""
        url = f"{self._base}/signup/{quote(meeting)}" if meeting else f"{self._base}/signup"
        return self.in_language(url, language) if language else url

    def thanks(self, meeting: str, language: str) -> str:
        """The page after a sign-up."""
        return self.in_language(f"{self._base}/signup/{quote(meeting)}/thanks", language)

    def to(self, purpose: Purpose, id: str, now: datetime) -> str:
        """A personal link: for this purpose, to this document, signed at `now`."""
        return self.at(purpose, self._sign(purpose, id, now))

    def confirm(self, id: str, now: datetime) -> str:
        """The link that asks for the confirmation of a registration."""
        return self.to(Purpose.CONFIRM, id, now)

    def manage(self, id: str, now: datetime) -> str:
        """The link to what a person may do with their registration."""
        return self.to(Purpose.MANAGE, id, now)

    def own_data(self, id: str, now: datetime) -> str:
        """The fresh link behind which data may be taken along or erased."""
        return self.to(Purpose.OWN_DATA, id, now)

    def join(self, id: str, now: datetime) -> str:
        """The personal link into the meeting."""
        return self.to(Purpose.JOIN, id, now)

    def calendar(self, id: str, now: datetime) -> str:
        """The link to the calendar file."""
        return self.to(Purpose.CALENDAR, id, now)

    def unsubscribe(self, id: str, now: datetime) -> str:
        """The one-click link of RFC 8058."""
        return self.to(Purpose.UNSUBSCRIBE, id, now)

    def at(self, purpose: Purpose, token: str) -> str:
        """The address that a token belongs to."""
        return self._base + PATHS[purpose].format(token=quote(token, safe=""))

    def in_language(self, url: str, language: str) -> str:
        """The same address, in a language."""
        return f"{url}?lang={language}"

    def in_other_language(self, url: str, language: str) -> str:
        """The same address, in the other language."""
        return self.in_language(url, other_language(language))

    def open(self, purpose: Purpose, token: str, now: datetime) -> str:
        """The id that a token names. Raises NotFound for what is none of ours, Expired for what is too old."""
        return self._open(purpose, token, now)[0]

    def stamp(self, now: datetime) -> str:
        """A signed note of when a form was shown."""
        return self._sign(Purpose.STAMP, "", now)

    def stamp_age(self, stamp: str, now: datetime) -> timedelta:
        """How long ago a stamp was made. Raises NotFound for a forged one, Expired for a very old one."""
        return now - self._open(Purpose.STAMP, stamp, now)[1]

    def _sign(self, purpose: Purpose, id: str, now: datetime) -> str:
        return self._signers[purpose].sign_at(id, now)

    def _open(self, purpose: Purpose, token: str, now: datetime) -> tuple[str, datetime]:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise NotFound("no link of ours")
        try:
            id, signed_at = self._signers[purpose].unsign(token, return_timestamp=True)
        except BadSignature as error:
            raise NotFound("no link of ours") from error
        if now - signed_at > AGES.get(purpose, LONG):
            raise Expired("this link was valid once")
        return id.decode(), signed_at


class _Hmac(HMACAlgorithm):
    """The same signature in one call of the library beneath: a mail carries four."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, sha256)


class _Signer(TimestampSigner):
    """Signs with the time of the caller instead of the machine's. Keys are derived once."""

    def __init__(self, keys: list[str], purpose: Purpose) -> None:
        super().__init__(
            keys, salt=f"dela.{purpose}", key_derivation="hmac", digest_method=sha256, algorithm=_Hmac(sha256)
        )
        self._derived = {key: super(_Signer, self).derive_key(key) for key in self.secret_keys}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived[self.secret_key if secret_key is None else want_bytes(secret_key)]

    def sign_at(self, value: str, now: datetime) -> str:
        stamped = value.encode() + self.sep + base64_encode(int_to_bytes(int(now.timestamp())))
        return Signer.sign(self, stamped).decode()
