"""No part of a secret setting is ever shown: not in a refusal, a message, a log line, a repr or a traceback."""

import logging
import subprocess
import sys
from contextlib import suppress

import pytest

from dela.mailing.ledger import Message
from dela.operating import cli, mail_probe, names_dns
from dela.operating import serving as standalone
from dela.operating.commands import check as check_module
from dela.settings import SECRETS, Settings, SettingsError, variable
from dela.store.contract import Query
from tests.support.archive import SETTINGS
from tests.support.forum import Forum
from tests.support.operator import Operator
from tests.support.process import ROOT, environment, free_port
from tests.support.smtp_server import SmtpServer, client_context

PIECE = 4
"""So many characters of a secret in a row are a part of it."""
PASSWORD = "Wq9$zK7!vX"
KEY = "Jx4(Tq8)Yw2*Zk6&Rf1^"
HOSTILE_MAIL = [
    "smtp://u:{}@mail.forum.test:587",
    "smtp://u:{}",
    "smtp://{}",
    "{}",
    "smtp://u:/{}@mail.forum.test:587",
    "smtp://u:#{}?@mail.forum.test:587",
    "smtp://u:a@{}@mail.forum.test:587",
    "smtp://u:{}%@mail.forum.test",
    "smtp://u:{}%00@mail.forum.test",
    "smtp://u:{}%ff@mail.forum.test",
    "smtp://u:{}ö@mail.forum.test",
    "smtp://u:{}@mail.forum.test:port",
    "smtp://u:{}@mail.forum.test/x",
    "smtp://u:{}@mail.forum.test?tls=off",
    "smtp://u:p@mail.forum.test:{}",
    "smtps://[{}@mail.forum.test",
    "outlook://u:{}@mail.forum.test",
    "\x01smtp://u:{}@mail.forum.test",
    "smtp://u:{}\udcff@mail.forum.test",
]
HOSTILE_KEYS = ["{}", "{},x", "{}\x07", "{}\udcff", "'{}", "{}," * 3, "\n{}\nx"]
VALUES = {
    "mail": [form.replace("{}", PASSWORD) for form in HOSTILE_MAIL],
    "secret_keys": [form.replace("{}", secret) for form in HOSTILE_KEYS for secret in (KEY, KEY[:9])],
    "identity_key": [form.replace("{}", secret) for form in HOSTILE_KEYS for secret in (KEY, KEY[:9])],
}
COMMANDS = [
    ("serve",),
    ("serve", "--trial"),
    ("demo",),
    ("check", "--mail", "karin@forum.test"),
    ("status",),
    ("plan", "2097-03-04T12:10"),
    ("link", "2097-1", "https://meet.example.org/x"),
    ("move", "2097-1", "2097-03-05T12:10"),
    ("cancel", "2097-1", "--yes"),
    ("backup", "{folder}/backup"),
    ("restore", "{folder}/backup", "--overwrite"),
]


def pieces(secret: str) -> set[str]:
    return {secret[start : start + PIECE] for start in range(len(secret) - PIECE + 1)}


SECRET_PIECES = pieces(PASSWORD) | pieces(KEY)


def tells(text: str) -> list[str]:
    """The pieces of the secrets that a text tells, in whatever case."""
    return [piece for piece in SECRET_PIECES if piece.casefold() in text.casefold()]


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(standalone._Process, "run", lambda self, others, listen: None)
    monkeypatch.setattr(check_module, "about_address", lambda settings: check_module.Finding("address", "ok", "x"))
    monkeypatch.setattr(mail_probe, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(names_dns.DnsNames, "_ask", lambda *_: [])
    # No name is looked up, and no real server is spoken to.
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: (_ for _ in ()).throw(ConnectionRefusedError()))
    told = {"DELA_BASE_URL": "https://dela.forum.test", "DELA_PROXIES": "1", "PORT": str(free_port())}
    mailboxes = {"DELA_MAIL_FROM": "dela@forum.test", "DELA_COORDINATORS": "karin@forum.test"}
    return Operator(tmp_path / "data", monkeypatch, capsys, **told, **mailboxes)


def said_by(operator, words: tuple[str, ...], capsys) -> str:
    """All that a command prints, and the words of what it raises, if anything."""
    raised = ""
    try:
        cli.main([word.format(folder=operator.folder) for word in words])
    except BaseException as error:
        while error is not None:
            raised, error = f"{raised}\nraised {type(error).__name__}: {error!r}", error.__cause__ or error.__context__
    printed = capsys.readouterr()
    return printed.out + printed.err + raised


def test_which_settings_are_secret_is_declared_once_and_all_of_them_are_walked():
    assert set(VALUES) == set(SECRETS)
    suspicious = {name for name in Settings.model_fields if "key" in name or "secret" in name or "password" in name}
    assert suspicious <= set(SECRETS)


@pytest.mark.slow
@pytest.mark.parametrize("field", SECRETS)
def test_no_command_shows_a_piece_of_a_secret_whatever_is_wrong_with_it(operator, capsys, caplog, field):
    caplog.set_level(logging.DEBUG)
    for value in VALUES[field]:
        with suppress(ValueError):  # (an environment can't hold a zero octet)
            operator.set(**{variable(field): value})
        for words in COMMANDS:
            said = said_by(operator, words, capsys)
            assert "raised" not in said, said
            assert tells(said + caplog.text) == [], (value, words)


@pytest.mark.parametrize("field", SECRETS)
def test_neither_a_refusal_nor_a_repr_nor_an_error_of_pydantics_shows_a_piece(field):
    refused = 0
    for value in VALUES[field]:
        known, problems = Settings.usable({variable(field): value})
        assert tells(f"{known!r} {known} {problems}") == []
        shown = ""
        try:
            Settings.from_environment({variable(field): value})
        except SettingsError as error:
            shown = f"{error} {error!r}"
        try:
            Settings(**{field: value})
        except ValueError as error:
            shown += f"{error} {error!r}"
            refused += 1
        assert tells(shown) == []
    assert refused, "there was something to see"


def test_the_cloud_refuses_short_keys_at_its_start_as_well_and_says_no_part():
    for name in ("DELA_SECRET_KEYS", "DELA_IDENTITY_KEY"):
        started = subprocess.run(
            [sys.executable, "-c", "import main; main.signup"],
            cwd=ROOT / "functions",
            env={**environment(), **SETTINGS, name: KEY[:15], "FUNCTION_TARGET": "signup"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert started.returncode != 0
        assert f"{name}: a key has at least 16 characters" in started.stderr
        assert tells(started.stdout + started.stderr) == []


@pytest.mark.parametrize("password", ["Wq9$zK7!vX", "Wq9$zK7!vö"])
def test_a_wrong_password_is_said_in_the_log_and_the_ledger_without_a_piece_of_it(tmp_path, caplog, password):
    caplog.set_level(logging.DEBUG)
    with SmtpServer(tls=True, account=("dela", "another")) as server:
        forum = Forum(tmp_path, mail=f"smtp://dela:{password}@localhost:{server.port}")
        forum.ports.mail._context = client_context()
        forum.sign_up(forum.meeting())
        forum.deliver()
        (message,) = forum.ports.store.query(Message, Query())
        assert server.tried_to_sign_in
        forum.close()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("dela")]

    assert "answered 535" in message.outcome
    assert tells(f"{ours} {message!r}") == []
