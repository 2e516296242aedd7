"""Mails by SMTP: one conversation for many, with a limit to every wait, and a clear no or not now."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import cast
from weakref import finalize

from dela.errors import Refused, TemporaryFailure
from dela.mail.contract import Mail
from dela.mail.smtp_ability import Ability
from dela.mail.smtp_kept import Kept
from dela.mail.smtp_patience import Patience, PatientSmtp, PatientSmtpOverTls
from dela.mail.smtp_signing_in import sign_in
from dela.parsed.mail_place import MailServer

TIMEOUT_SECONDS = 20.0
"""For each answer of the server."""
WHOLE_SECONDS = 90.0
"""For a mail's whole conversation, however many answers it has: with sending its text under a lease's margin."""
KEPT_SECONDS = 5.0
"""So long a conversation waits for the next mail. Servers themselves wait for minutes (RFC 5321, 4.5.3.2)."""
MOST_KEPT = 2
FAREWELL_SECONDS = 2.0
TOO_MANY_RECIPIENTS = 552
"""Means mailbox full, or with old servers too many recipients (RFC 5321, 4.5.3.1.10): both pass."""
BROKEN = (smtplib.SMTPException, OSError, ValueError)
"""What a conversation may end with: smtplib lets ValueErrors out of base64 and of letters that it can't encode."""


class Smtp:
    """See mail/contract.py. With STARTTLS it is used always, not only where the server happens to offer it."""

    def __init__(
        self,
        server: MailServer,
        timeout: float = TIMEOUT_SECONDS,
        context: ssl.SSLContext | None = None,
        whole: float = WHOLE_SECONDS,
        kept: float = KEPT_SECONDS,
    ) -> None:
        self._place = server
        self._timeout, self._whole = timeout, whole
        self._context = context
        self._kept = Kept(MOST_KEPT, kept)
        self._any_script = Ability(self._ask_for_any_script)
        finalize(self, self._kept.close)  # at the latest when the process ends

    @contextmanager
    def session(self) -> Iterator["SmtpSession"]:
        """See mail/contract.py. Its conversation may have carried another session's mails before."""
        kept = cast(SmtpSession | None, self._kept.take())
        session = kept or SmtpSession(self, Patience(self._timeout, self._whole))
        try:
            yield session
        finally:
            if session.at_rest:
                self._kept.put(session)
            else:
                session.abandon()

    def carries_any_script(self) -> bool:
        """See mail/contract.py."""
        return self._any_script.known() is not False

    def connect(self, patience: Patience) -> smtplib.SMTP:
        """A conversation that is ready for its first mail, behind TLS and signed in where that is asked for."""
        place, context = self._place, self._context or _trusted()
        where, told = (place.host, place.port), {"timeout": patience.left(), "local_hostname": _own_name()}
        if place.tls == "at once":
            server: smtplib.SMTP = PatientSmtpOverTls(patience, *where, context=context, **told)
        else:
            server = PatientSmtp(patience, *where, **told)
        try:
            if place.tls == "starttls":
                server.starttls(context=context)
            if place.user:
                sign_in(server, place.user, place.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        self._any_script.learn(server.has_extn("smtputf8"))
        return server

    def _ask_for_any_script(self) -> bool:
        return SmtpSession(self, Patience(self._timeout, self._whole)).ask("smtputf8")


class SmtpSession:
    """One conversation; it connects at the first mail, and anew after a failure."""

    def __init__(self, service: Smtp, patience: Patience) -> None:
        self._service, self._patience = service, patience
        self._server: smtplib.SMTP | None = None
        self._in_a_mail = False

    @property
    def at_rest(self) -> bool:
        """Whether the server waits for a next mail, as far as can be told without asking."""
        return self._server is not None and not self._in_a_mail

    def send(self, mail: Mail) -> None:
        """See mail/contract.py."""
        self._patience.begin()
        self._in_a_mail = True
        try:
            server = self._begin(mail)
            _expect(server.rcpt(mail.recipient), final=True)
            self._patience.left()  # whoever was stopped until now has lost the lease, and must not send any more
            _expect(server.data(mail.data), final=True)
        except (Refused, TemporaryFailure):
            self._reset()
            raise
        except smtplib.SMTPDataError as error:
            self._reset()
            raise _answered(error.smtp_code, final=True) from error
        except BROKEN as error:
            self.abandon()
            raise TemporaryFailure(f"the mail server can't be used now: {_kind(error)}") from error
        self._in_a_mail = False

    def ask(self, extension: str) -> bool:
        """Whether the server offers an extension of SMTP. Raises what smtplib raises."""
        self._patience.begin()
        self._server = self._service.connect(self._patience)
        offered = self._server.has_extn(extension)
        self.close()
        return offered

    def close(self) -> None:
        """End the conversation politely, within a moment."""
        if self._server is not None:
            with suppress(*BROKEN), self._patience.briefly(FAREWELL_SECONDS):
                self._server.quit()
        self.abandon()

    def abandon(self) -> None:
        """Drop the connection as it is."""
        if self._server is not None:
            self._server.close()
        self._server = None

    def _begin(self, mail: Mail) -> smtplib.SMTP:
        """MAIL FROM. A server may end a conversation, or its willingness, at any time: then it is begun anew, once."""
        if self._server is not None:
            try:
                return self._mail_from(self._server, mail)
            except (smtplib.SMTPServerDisconnected, OSError, TemporaryFailure):
                self.close()
        self._server = self._service.connect(self._patience)
        return self._mail_from(self._server, mail)

    def _mail_from(self, server: smtplib.SMTP, mail: Mail) -> smtplib.SMTP:
        options = [f"size={len(mail.data)}"] if server.has_extn("size") else []
        if not (mail.recipient + mail.sender).isascii():
            if not server.has_extn("smtputf8"):
                raise Refused("the mail server can't carry an address with such characters")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            server.command_encoding = "utf-8"
        _expect(server.mail(mail.sender, options), final=False)
        return server

    def _reset(self) -> None:
        """Make the conversation ready for the next mail; if that fails, the next one gets a new conversation."""
        try:
            if self._server is None or self._server.rset()[0] != 250:
                self.abandon()
            self._in_a_mail = False
        except BROKEN:
            self.abandon()


@cache
def _trusted() -> ssl.SSLContext:
    """What this machine trusts, read once: it takes 20 ms, ten times as long as a mail."""
    return ssl.create_default_context()


def _expect(answer: tuple[int, bytes], *, final: bool) -> None:
    """Raise unless the server agreed; only where a no is about this mail is it `final`."""
    if not 200 <= answer[0] < 300:
        raise _answered(answer[0], final=final)


def _answered(code: int, *, final: bool) -> Refused | TemporaryFailure:
    """What an answer means. Its text is not kept: servers repeat the address in it."""
    if final and 500 <= code < 600 and code != TOO_MANY_RECIPIENTS:
        return Refused(f"the mail server answered {code}")
    return TemporaryFailure(f"the mail server answered {code}")


@cache
def _own_name() -> str:
    """What this machine calls itself. Asked once: looking it up may take a slow name server seconds."""
    return smtplib.SMTP().local_hostname


def _kind(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"answered {code}" if code else type(error).__name__
