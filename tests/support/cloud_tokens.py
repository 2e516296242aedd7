"""Identity tokens as Google signs them for tasks and schedules, and their checking as Cloud Run does it."""

import time
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import GoogleAuthError

ISSUER = "https://accounts.google.com"
REPLACED = "SIGNATURE_REMOVED_BY_GOOGLE"
"""What Cloud Run puts in the place of a checked token's signature: the function behind it can't check it again."""
LIFE_SECONDS = 3600


class Signer:
    """A key of its own, of which only the public half leaves."""

    def __init__(self, key_id: str = "tests") -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self._signer = crypt.RSASigner.from_string(pem, key_id)
        self.public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, account: str, audience: str, *, age: int = 0) -> str:
        """A token of a service account for an audience, issued `age` seconds ago."""
        now = int(time.time()) - age
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "azp": "1",
            "sub": "1",
            "email": account,
            "email_verified": True,
            "iat": now,
            "exp": now + LIFE_SECONDS,
        }
        return jwt.encode(self._signer, claims).decode()


@cache
def google() -> Signer:
    """The one whose tokens count; made once, because making a key takes its time."""
    return Signer()


def account_of(token: str, public: bytes, audience: str) -> str | None:
    """Whose token this is, if it is signed by that key, for that audience, and still valid; else None."""
    try:
        claims = jwt.decode(token, certs=public, audience=audience)
    except (GoogleAuthError, ValueError):
        return None
    return claims["email"] if claims.get("iss") == ISSUER and claims.get("email_verified") is True else None


def without_signature(token: str) -> str:
    return f"{token.rsplit('.', 1)[0]}.{REPLACED}"
