"""Looking at a mail server without sending anything: each step of the way to it, in words."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from dela.errors import Refused
from dela.mail.smtp_signing_in import sign_in
from dela.parsed.mail_place import MailServer

R = TypeVar("R")
TIMEOUT_SECONDS = 10.0


def probe(place: MailServer, timeout: float = TIMEOUT_SECONDS, context: ssl.SSLContext | None = None) -> str:
    """Connect, encrypt and log in as a delivery would; answers how it went.

    Raises Refused with the step that failed and what to do about it. Nothing secret is in either.
    """
    host, port = place.host, place.port
    where = f"{host}, port {port}"
    context = context or ssl.create_default_context()
    if place.tls == "at once":
        server: smtplib.SMTP = _step(where, lambda: smtplib.SMTP_SSL(host, port, timeout=timeout, context=context))
    else:
        server = _step(where, lambda: smtplib.SMTP(host, port, timeout=timeout))
    try:
        if place.tls == "starttls":
            _step(where, lambda: server.starttls(context=context))
        if place.user:
            _step(where, lambda: sign_in(server, place.user, place.password))
        return f"{where}: connected, {'not encrypted' if place.tls == 'off' else 'encrypted'}, {_logged_in(place.user)}"
    finally:
        server.close()


def _logged_in(user: str) -> str:
    return "logged in" if user else "without logging in"


def _step(where: str, attempt: Callable[[], R]) -> R:
    try:
        return attempt()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Refused(f"{where}: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    """What went wrong and what to do. A server's own words are left out: they may repeat an address."""
    sentences: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLCertVerificationError, "its certificate is not valid for that name: ask which name to use"),
        (ssl.SSLError, "it does not speak TLS there: smtps:// is for port 465, smtp:// for port 587"),
        (smtplib.SMTPAuthenticationError, "it does not accept the user and password in DELA_MAIL"),
        (smtplib.SMTPNotSupportedError, "it offers no encryption (STARTTLS) or no login: ask for the right port"),
        (smtplib.SMTPServerDisconnected, "it closed the connection: smtps:// is for port 465, smtp:// for port 587"),
        (smtplib.SMTPConnectError, "it refuses to talk: ask whether this machine may send there"),
        (socket.gaierror, "there is no server of that name: see whether it is spelt right"),
        (TimeoutError, "it does not answer: ask whether a firewall is in between"),
        (ConnectionRefusedError, "nothing answers there: see whether the port is right"),
    )
    if isinstance(error.__context__, TimeoutError):  # smtplib tells silence as a closed connection
        error = error.__context__
    found = (sentence for kind, sentence in sentences if isinstance(error, kind))
    return next(found, f"it can't be used ({type(error).__name__})")
