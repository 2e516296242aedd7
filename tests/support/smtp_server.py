"""A real SMTP server that records what it takes and misbehaves as it is told.

In a thread of the test: `with SmtpServer() as server`. As a process of its own, taking everything and writing a line of
JSON for each mail: `python -m tests.support.smtp_server PORT_FILE LOG_FILE`.
"""

import asyncio
import contextlib
import email
import email.policy
import json
import re
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import cache
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dela.parsed.mail_place import MailServer

STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "DOT", "TAKEN", "QUIT")
"""Where a conversation can break. DOT is the end of a mail's text, TAKEN the same but after the mail was kept."""


@dataclass(frozen=True)
class Taken:
    """A mail that the server has kept, and how it came."""

    message_id: str
    sender: str
    recipient: str
    data: bytes
    at: float
    connection: int
    tls: bool
    user: str

    def read(self) -> Message:
        return email.message_from_bytes(self.data, policy=email.policy.default)


@dataclass
class Misbehaviour:
    """What to do at a stage instead of going on.

    `how` is an answer ("451 4.7.1 later"), or "close", "hang", "drip" (an answer that never ends), "wait", or something
    to call; after the last two it goes on as if nothing were.
    """

    stage: str
    how: str | Callable[[], None]
    times: float = float("inf")
    to: str = ""
    """Only for conversations about a recipient whose address begins like this."""
    seconds: float = 0.0
    """How long "wait" waits, and "drip" between two lines."""


@dataclass
class SmtpServer:
    """Takes mails on a free port of this machine, in a thread, until the context is left."""

    tls: bool = False
    """Whether STARTTLS is offered."""
    names: tuple[str, ...] = ("localhost",)
    """Whom its certificate is for."""
    account: tuple[str, str] | None = None
    without: tuple[str, ...] = ()
    """The ways to sign in that are not offered."""
    smtputf8: bool = True
    mails_per_connection: float = float("inf")
    port: int = 0
    on_taken: Callable[[Taken], None] = lambda taken: None
    taken: list[Taken] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """The stages that were reached, in order."""
    tried_to_sign_in: list[str] = field(default_factory=list)
    connections: int = 0
    talking: int = 0
    """With how many it talks now: what the dead had sent is still read for a moment."""
    conversations: "set[Conversation]" = field(default_factory=set)
    _misbehaviours: list[Misbehaviour] = field(default_factory=list)
    _transports: list[asyncio.BaseTransport] = field(default_factory=list)

    def misbehave(self, stage: str, how: str | Callable[[], None], **more) -> "SmtpServer":
        """At a stage do something else, `times` times (for good by default)."""
        assert stage in STAGES, stage
        self._misbehaviours.append(Misbehaviour(stage, how, **more))
        return self

    def behave(self) -> "SmtpServer":
        """From now on do what is expected."""
        self._misbehaviours.clear()
        return self

    def url(self, *, tls: bool | None = None) -> str:
        account = "{}:{}@".format(*self.account) if self.account else ""
        secure = self.tls if tls is None else tls
        return f"smtp://{account}localhost:{self.port}" + ("" if secure else "?tls=off")

    def hang_up(self, *, saying: bytes = b"") -> None:
        """End all conversations as a server does that has waited long enough."""

        async def end() -> None:
            for each in self.conversations:
                each.transport.write(saying)
                # Over TLS a farewell would wait for an answer of who is not reading.
                (each.transport.abort if self.tls else each.transport.close)()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self.wait_for_silence()

    def wait_for_silence(self, seconds: float = 10) -> None:
        """Until it talks with nobody any more."""
        give_up = monotonic() + seconds
        while self.talking:
            assert monotonic() < give_up, f"{self.talking} conversations go on"
            Event().wait(0.005)

    def place(self, *, tls: bool | None = None) -> MailServer:
        """The server as settings keep it."""
        return MailServer.of(self.url(tls=tls))

    def ids(self) -> list[str]:
        return [each.message_id for each in self.taken]

    def next_misbehaviour(self, stage: str, recipient: str) -> Misbehaviour | None:
        for each in self._misbehaviours:
            if each.stage == stage and each.times > 0 and recipient.startswith(each.to):
                each.times -= 1
                return each
        return None

    def __enter__(self) -> "SmtpServer":
        self._loop = asyncio.new_event_loop()
        started: list[BaseException | None] = []
        self._thread = Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        give_up = monotonic() + 10
        while not started:
            assert monotonic() < give_up, "the SMTP server did not start"
        if started[0] is not None:
            raise started[0]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, started: list[BaseException | None]) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            listening = self._loop.create_server(self._conversation, "127.0.0.1", self.port)
            server = self._loop.run_until_complete(listening)
            self.port = server.sockets[0].getsockname()[1]
            started.append(None)
        except BaseException as error:
            started.append(error)
            return
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        for transport in self._transports:
            transport.abort()
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(asyncio.sleep(0))  # cancels
            self._loop.run_until_complete(asyncio.sleep(0))  # closes
        self._loop.close()

    def _conversation(self) -> "Conversation":
        self.connections += 1
        return Conversation(self, self.connections, self._loop)


class Conversation(SMTP):
    """One connection."""

    def __init__(self, server: SmtpServer, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.server_ = server
        self.number = number
        self.mails = count(1)
        self.recipient = ""
        super().__init__(
            _Handler(self),
            hostname="localhost",
            enable_SMTPUTF8=server.smtputf8,
            tls_context=server_context(server.names) if server.tls else None,
            auth_required=server.account is not None,
            auth_require_tls=server.tls,
            authenticator=self._known,
            auth_exclude_mechanism=server.without,
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server_._transports.append(transport)
        super().connection_made(transport)

    async def _handle_client(self) -> None:
        self.server_.talking += 1
        self.server_.conversations.add(self)
        try:
            if not await self._breaks("CONNECT"):
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    await super()._handle_client()
        finally:
            self.server_.conversations.discard(self)
            self.server_.talking -= 1

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self._breaks("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if not await self._breaks("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        self.server_.tried_to_sign_in.append("over TLS" if self._tls_protocol else "in clear")
        if not await self._breaks("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
        if next(self.mails) > self.server_.mails_per_connection:
            await self.push("421 4.7.0 too many mails in this connection")
            self.transport.close()
        elif not await self._breaks("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802
        self.recipient = arg.partition("<")[2].partition(">")[0]
        if not await self._breaks("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._breaks("DATA"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        if not await self._breaks("QUIT"):
            await super().smtp_QUIT(arg)

    async def keep(self, session, envelope) -> str:
        """Keep the mail whose text has ended; the answer."""
        broken = await self._misbehaves("DOT")
        if broken is not None:
            return broken
        taken = self._taken(session, envelope)
        self.server_.taken.append(taken)
        self.server_.on_taken(taken)
        return await self._misbehaves("TAKEN") or "250 2.0.0 taken"

    def _taken(self, session, envelope) -> Taken:
        id = re.search(rb"^message-id: *(\S+)", envelope.content, re.IGNORECASE | re.MULTILINE)
        return Taken(
            message_id=id[1].decode() if id else "",
            sender=envelope.mail_from,
            recipient=envelope.rcpt_tos[0],
            data=envelope.content,
            at=monotonic(),
            connection=self.number,
            tls=self._tls_protocol is not None,
            user=session.auth_data.login.decode() if session.auth_data else "",
        )

    def _known(self, server, session, envelope, mechanism, data) -> AuthResult:
        wanted = tuple(each.encode() for each in self.server_.account or ())
        return AuthResult(success=(data.login, data.password) == wanted, handled=False, auth_data=data)

    async def _breaks(self, stage: str) -> bool:
        """Whether something else was done at this stage than what is expected."""
        answer = await self._misbehaves(stage)
        if answer is not None:
            await self.push(answer)
            if stage == "CONNECT":
                self.transport.close()
        return answer is not None

    async def _misbehaves(self, stage: str) -> str | None:
        """The answer to give instead, after whatever else was to be done."""
        self.server_.seen.append(stage)
        found = self.server_.next_misbehaviour(stage, self.recipient)
        if found is None:
            return None
        if callable(found.how):
            found.how()
            return None
        if found.how == "hang":
            await asyncio.sleep(3600)
        if found.how == "wait":
            await asyncio.sleep(found.seconds)
            return None
        if found.how == "drip":
            for _ in range(1000):
                self._writer.write(b"250-still here\r\n")
                await asyncio.sleep(found.seconds)
        if found.how == "close":
            self.transport.abort()
            await asyncio.sleep(3600)
        return found.how


class _Handler:
    """What aiosmtpd asks; an object of its own, because each method called auth_ is to it a way to sign in."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        return await self._conversation.keep(session, envelope)

    async def handle_exception(self, error: Exception) -> str:
        return f"451 4.3.0 {type(error).__name__}: {error}"


def client_context() -> ssl.SSLContext:
    """What a client needs to trust the servers of these tests."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=certificate(("localhost",))[0].decode())
    return context


@cache
def server_context(names: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with written(names) as path:
        context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def written(names: tuple[str, ...]):
    """A certificate with its key in a file, for as long as the context lasts."""
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(certificate(names)))
        file.flush()
        yield Path(file.name)


@cache
def certificate(names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """A certificate that nobody vouches for, and its key, as PEM; made once."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


def main(port_file: str, log_file: str) -> None:
    """Take everything, for good: the port goes to one file, a line for each mail to another."""
    with open(log_file, "a") as log:

        def note(taken: Taken) -> None:
            line = {"id": taken.message_id, "to": taken.recipient, "size": len(taken.data), "at": taken.at}
            print(json.dumps(line), file=log, flush=True)

        with SmtpServer(on_taken=note) as server:
            Path(f"{port_file}.draft").write_text(str(server.port))
            Path(f"{port_file}.draft").rename(port_file)
            server._thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
