"""Signing in to a mail server with whatever user and password: smtplib's own way takes ASCII only."""

import smtplib
from base64 import b64encode

DONE = 235
GO_ON = 334


def sign_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """Sign in. Raises smtplib's errors: SMTPAuthenticationError for a no, SMTPNotSupportedError for no way to.

    With other letters than ASCII that is PLAIN, whose words are UTF-8 (RFC 4616), or LOGIN in the same encoding, which
    nobody has standardised. CRAM-MD5 is left out then: servers disagree about its octets.
    """
    if (user + password).isascii():
        server.login(user, password)
        return
    server.ehlo_or_helo_if_needed()
    offered = server.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        code, answer = server.docmd("AUTH", f"PLAIN {_coded(f'{chr(0)}{user}{chr(0)}{password}')}")
    elif "LOGIN" in offered:
        code, answer = _login(server, user, password)
    else:
        raise smtplib.SMTPNotSupportedError("no way to sign in that carries such letters")
    if code != DONE:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _login(server: smtplib.SMTP, user: str, password: str) -> tuple[int, bytes]:
    code, answer = server.docmd("AUTH", "LOGIN")
    for word in (user, password):
        if code != GO_ON:
            break
        code, answer = server.docmd(_coded(word))
    return code, answer


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
