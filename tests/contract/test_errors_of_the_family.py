"""Whatever the libraries beneath the adapters raise, only Dela's own errors come out (errors.py)."""

import binascii
import inspect
import os
import shutil
import smtplib
import socket
import sqlite3
import ssl
import tempfile
from contextlib import suppress
from http.client import BadStatusLine, HTTPException, IncompleteRead
from pathlib import Path
from types import SimpleNamespace

import pytest

from dela.demo.clock import DemoClock
from dela.demo.mailbox_folder import MailboxFolder
from dela.errors import Broken, DelaError, Refused, TemporaryFailure
from dela.mail import smtp as mail_smtp
from dela.mail.outbox import Outbox
from dela.mail.smtp import Smtp
from dela.mailing.ledger import Heartbeat
from dela.operating import backup_file, data_lock, restored, web_probe
from dela.operating.mail_probe import probe
from dela.operating.names_dns import DnsNames
from dela.parsed.mail_place import MailServer
from dela.queue.cloud_tasks import CloudTasksQueue
from dela.queue.local import LocalQueue
from dela.store import keys_file
from dela.store.contract import Query
from dela.store.firestore import FirestoreStore
from dela.store.sqlite import SqliteStore
from tests.support.forum import NOW, SetClock
from tests.support.mails import mail_to


def below(kind: type[Exception]) -> list[type[Exception]]:
    """A class of errors and all that are made of it."""
    return [kind, *(each for direct in kind.__subclasses__() for each in below(direct))]


def an(kind: type[Exception]) -> Exception:
    """An error of a kind, whatever it wants to be made of."""
    for arguments in (("no",), (), (550, b"no"), (550, b"no", "a@x"), ({"a@x": (550, b"no")},), ("no", None, [])):
        with suppress(Exception):
            return kind(*arguments)
    return kind.__new__(kind)


def named(errors) -> list:
    """Each kind once, with its name as the test's."""
    return [pytest.param(kind, id=kind.__qualname__) for kind in dict.fromkeys(errors)]


OF_THE_SYSTEM = [OSError, TimeoutError, ConnectionResetError, BrokenPipeError, PermissionError, socket.gaierror]
OF_SMTP = [
    *below(smtplib.SMTPException),
    *OF_THE_SYSTEM,
    *(kind for _, kind in inspect.getmembers(ssl, inspect.isclass) if issubclass(kind, ssl.SSLError)),
    *(ValueError, UnicodeError, binascii.Error),
]
TRUSTING = ssl.create_default_context()
STEPS = ("connect", "ehlo", "starttls", "docmd", "login", "mail", "rcpt", "data", "rset", "quit")


class Server:
    """A connection of smtplib's to a server that agrees to everything, until the step at which an error is raised."""

    def __init__(self, step: str, error: Exception) -> None:
        self.esmtp_features = {"auth": "PLAIN LOGIN"}
        self._step, self._error = step, error
        self._does("connect")

    def _does(self, step: str) -> tuple[int, bytes]:
        if step == self._step:
            raise self._error
        return (250 if step in ("mail", "rcpt", "data", "rset", "quit") else 235), b"ok"

    def __getattr__(self, step: str):
        return lambda *_, **__: self._does(step)

    def ehlo_or_helo_if_needed(self) -> None:
        self._does("ehlo")

    def has_extn(self, name: str) -> bool:
        return False

    def close(self) -> None:
        pass


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", named(OF_SMTP))
def test_smtplib(monkeypatch, kind, step):
    for module, name in ((mail_smtp, "PatientSmtp"), (smtplib, "SMTP")):
        monkeypatch.setattr(module, name, lambda *_, **__: Server(step, an(kind)))
    monkeypatch.setattr(mail_smtp, "_own_name", lambda: "here")
    for password in ("secret", "hemligö"):
        place = MailServer("mail.example.org", 587, "starttls", "dela", password)
        raised = []
        with Smtp(place, context=TRUSTING).session() as session:
            for number in (1, 2):  # the second finds out in what state the first has left the conversation
                try:
                    session.send(mail_to(number=number))
                except (Refused, TemporaryFailure) as error:
                    raised.append(error)
        assert len(raised) == (0 if step in ("rset", "quit", "docmd" if password == "secret" else "login") else 2)
        with suppress(Refused):
            probe(place, context=TRUSTING)


OF_SQLITE = [kind for _, kind in inspect.getmembers(sqlite3, inspect.isclass) if issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", named([*OF_SQLITE, *OF_THE_SYSTEM]))
def test_sqlite3(tmp_path, monkeypatch, kind):
    store, queue = SqliteStore(tmp_path / "dela"), LocalQueue(tmp_path / "dela", SetClock())
    store.create(Heartbeat(id="first", at=NOW))
    queue.enqueue("message:1")
    uses = (
        lambda: store.get(Heartbeat, "first"),
        lambda: store.query(Heartbeat, Query()),
        lambda: store.count(Heartbeat, Query()),
        lambda: store.create(Heartbeat(id="second", at=NOW)),
        lambda: store.transact(lambda transaction: transaction.get(Heartbeat, "first")),
        lambda: store.backup(tmp_path / "copy"),
        lambda: queue.enqueue("message:2"),
        lambda: queue.run_due(lambda key: None),
        queue.next_due,
        queue.waiting,
    )

    def raising(*_, **__):
        raise an(kind)

    broken = SimpleNamespace(execute=raising, backup=raising, in_transaction=False)
    for adapter in (store, queue):
        monkeypatch.setattr(adapter._connections, "writer", lambda: broken)
        monkeypatch.setattr(adapter._connections, "reader", lambda: broken)
    for use in uses:
        with pytest.raises(DelaError):
            use()


def of_google() -> list[type[Exception]]:
    import grpc
    from google.api_core import exceptions
    from google.auth import exceptions as auth

    return [*below(exceptions.GoogleAPIError), *below(auth.GoogleAuthError), grpc.RpcError]


def test_the_client_of_firestore(monkeypatch):
    from dela.store import firestore_calls as calls

    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 0.0)
    for kind in dict.fromkeys(of_google()):

        class Client:
            def __getattr__(self, method: str, kind=kind):
                def call(**_):
                    raise an(kind)

                return call

        store = FirestoreStore("project", "(default)", "127.0.0.1:1")
        monkeypatch.setattr(store._client, "_client", Client)
        for use in (
            lambda store=store: store.get(Heartbeat, "first"),
            lambda store=store: store.query(Heartbeat, Query()),
            lambda store=store: store.count(Heartbeat, Query()),
            lambda store=store: store.create(Heartbeat(id="second", at=NOW)),
            lambda store=store: store.transact(lambda transaction: transaction.get(Heartbeat, "first")),
        ):
            with pytest.raises(DelaError):
                use()


def test_what_google_says_that_no_repetition_mends_is_broken_and_the_rest_is_for_later(monkeypatch):
    from google.api_core import exceptions
    from google.auth.exceptions import TransportError

    from dela.store import firestore_calls as calls

    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 0.0)
    for error, expected in (
        (exceptions.PermissionDenied("no"), Broken),
        (exceptions.ServiceUnavailable("no"), TemporaryFailure),
        (TransportError("no"), TemporaryFailure),
    ):
        store = FirestoreStore("project", "(default)", "127.0.0.1:1")

        def call(error=error, **_):
            raise error

        monkeypatch.setattr(store._client, "_client", lambda call=call: SimpleNamespace(batch_get_documents=call))
        with pytest.raises(expected):
            store.get(Heartbeat, "first")


def test_the_client_of_cloud_tasks(monkeypatch):
    from dela.queue import cloud_tasks as queue_cloud_tasks

    monkeypatch.setattr(queue_cloud_tasks, "DEADLINE_SECONDS", 0.0)
    for kind in dict.fromkeys(of_google()):
        queue = CloudTasksQueue("p/l/q", "https://x.example", "a@x.example", "127.0.0.1:1", SetClock())

        def create(kind=kind, **_):
            raise an(kind)

        monkeypatch.setattr(queue, "_tasks", lambda create=create: SimpleNamespace(create_task=create))
        with suppress(TemporaryFailure):
            queue.enqueue("message:1")


def test_dnspython(monkeypatch):
    import dns.exception
    import dns.resolver

    for kind in dict.fromkeys([*below(dns.exception.DNSException), *OF_THE_SYSTEM, ValueError, UnicodeError]):

        def resolve(self, *_, kind=kind, **__):
            raise an(kind)

        monkeypatch.setattr(dns.resolver.Resolver, "resolve", resolve)
        for use in (DnsNames.texts, DnsNames.mail_servers, DnsNames.addresses):
            with suppress(TemporaryFailure):
                use(DnsNames(["127.0.0.1"]), "example.org")


def test_urllib(monkeypatch):
    known = [an(kind) for kind in (*OF_THE_SYSTEM, ValueError, *below(HTTPException))]
    for error in (*known, BadStatusLine("x"), IncompleteRead(b"")):

        def open_(*_, error=error, **__):
            raise error

        monkeypatch.setattr(web_probe, "urlopen", open_)
        with pytest.raises(Refused):
            web_probe.probe("https://example.org")


class FullDisk:
    """Raises OSError at the n-th step in the file system, and at each one after it."""

    STEPS = (
        *((Path, name) for name in ("open", "mkdir", "replace", "rename", "unlink", "write_text", "read_bytes")),
        *((os, name) for name in ("open", "fsync", "link")),
        (tempfile, "mkdtemp"),
    )

    def __init__(self, monkeypatch, at: int) -> None:
        self.left, self.struck = at, False
        for owner, name in self.STEPS:
            monkeypatch.setattr(owner, name, self._failing(getattr(owner, name)))

    def _failing(self, step):
        def stepped(*arguments, **more):
            self.left -= 1
            if self.left <= 0:
                self.struck = True
                raise OSError(28, "No space left on device")
            return step(*arguments, **more)

        return stepped


def outbox(folder: Path) -> None:
    with Outbox(folder / "outbox").session() as session:
        session.send(mail_to())


def mailbox(folder: Path) -> None:
    MailboxFolder(folder / "kept").newest(1)


def keys(folder: Path) -> None:
    keys_file.load_or_create(folder / "new")


def locks(folder: Path) -> None:
    with data_lock.using(folder / "new" / "store"):
        pass
    with data_lock.alone(folder / "new" / "store"):
        pass


def clock(folder: Path) -> None:
    clock = DemoClock()
    clock._lock = folder / "clock.lock"
    with clock.moving():
        pass


def backup(folder: Path) -> None:
    backup_file.write(folder / "made", lambda target: shutil.copyfile(folder / "store", target), {}, NOW)


def restore(folder: Path) -> None:
    with backup_file.unpacked(folder / "backup", folder / "new" / "store") as (staged, _, known):
        restored.put_in_place(staged, known, folder / "new" / "store", folder / "new")


@pytest.mark.parametrize("use", [outbox, mailbox, keys, locks, clock, backup, restore])
def test_the_file_system_at_whatever_step(tmp_path, use):
    prepared = tmp_path / "prepared"
    (prepared / "kept").mkdir(parents=True)
    (prepared / "kept" / "00000001-a.eml").write_bytes(mail_to().data)
    store = SqliteStore(prepared / "store")
    store.create(Heartbeat(id="first", at=NOW))
    store.close()
    backup_file.write(prepared / "backup", lambda target: shutil.copyfile(prepared / "store", target), {"a": "b"}, NOW)

    step, struck = 0, True
    while struck:
        step += 1
        folder = tmp_path / f"step{step}"
        shutil.copytree(prepared, folder)
        with pytest.MonkeyPatch.context() as patching:
            disk = FullDisk(patching, step)
            with suppress(DelaError):
                use(folder)
        struck = disk.struck
    assert step > 1, "there was something to fail"


def test_a_server_whose_words_are_no_base64_is_a_server_that_can_not_be_used():
    """A real conversation in which smtplib itself stumbles: it lets a ValueError out."""
    from threading import Thread

    said = [b"220 x\r\n", b"250-x\r\n250 AUTH CRAM-MD5\r\n", b"334 x\r\n", b"334 x\r\n", b"334 x\r\n"]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            client, _ = listening.accept()
            with client, suppress(OSError):
                for line in said:
                    client.sendall(line)
                    client.recv(1000)

        Thread(target=answer, daemon=True).start()
        place = MailServer("127.0.0.1", listening.getsockname()[1], "off", "dela", "secret")
        with Smtp(place, 2).session() as session, pytest.raises(TemporaryFailure):
            session.send(mail_to())
