"""`dela serve` and `dela demo`: what must be right before they start, said all at once."""

import argparse
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dela import settings as settings_module
from dela.errors import Conflict, DelaError
from dela.operating.claim import purpose_of
from dela.operating.commands.opening import at_home, refuse_strangers, using
from dela.operating.commands.upgrading import bring_up_to_date
from dela.operating.commands.words import Wrong
from dela.settings import Settings, SettingsError
from dela.store import keys_file
from dela.store.form import form_of
from dela.store.installation import Purpose
from dela.store.sqlite import SqliteStore
from dela.web.language import unknown_language


def serve(options: argparse.Namespace) -> None:
    """`dela serve [--listen ADDRESS] [--trial]`."""
    from dela.operating.serving import serve as run

    settings, faulty = settings_module.load_usable()
    problems = [*faulty.values(), *obstacles(settings, set(faulty), options.listen, trial=options.trial)]
    if problems:
        raise Wrong(*problems, *_hint(options.trial), heading="the forum can't be run for real like this")
    if options.trial:
        print("\n  This is a trial: nobody but you should use it.", flush=True)
    bring_up_to_date(settings)
    with using(settings):
        run(settings, options.listen)


def demo(_: argparse.Namespace) -> None:
    """`dela demo`: never on data that are used for real."""
    from dela.operating.serving import demo as run

    settings = settings_module.load()
    outbox = settings if settings.mail_server is None else settings.model_copy(update={"mail": None})
    at_home(settings)
    bring_up_to_date(settings)
    with using(settings):
        try:
            run(outbox)
        except Conflict:
            raise Wrong(
                f"{settings.data_dir}: a real forum's data are there, and the demo would change them: "
                "choose another folder by DELA_DATA_DIR"
            ) from None


def obstacles(settings: Settings, reported: set[str], listen: str, *, trial: bool) -> Iterator[str]:
    """Why these settings can't serve a real forum, a sentence each; fields in `reported` are left out."""
    if not trial:
        yield from (sentence for field, sentence in _examples(settings) if field not in reported)
    if "language" not in reported and (unknown := unknown_language(settings.language)):
        yield unknown
    try:
        at_home(settings)
    except SettingsError as error:
        yield from error.problems
        return
    if "data_dir" not in reported and "store" not in reported:
        yield from _data(settings)
    if "port" not in reported:
        yield from _port(settings.port, listen)


def _examples(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is fine for the demo only."""
    if settings.mail_server is None:
        yield "mail", "DELA_MAIL: no mail would leave: name the mail server, smtp://USER:PASSWORD@HOST:587"
    if not settings.base_url.startswith("https:") and not settings.proxies:
        sentence = (
            f"DELA_BASE_URL: {settings.base_url} is not https: give the public address, https://dela.example.org, "
            "and put a web server with a certificate in front (DELA_PROXIES=1 says that it is there)"
        )
        yield "base_url", sentence
    for field, what in (("mail_from", "the sender of all mails"), ("coordinators", "who gets the answers to mails")):
        if field not in settings.model_fields_set:
            yield field, f"DELA_{field.upper()}: an example's address stands there: name {what}"


def _data(settings: Settings) -> Iterator[str]:
    folders = {settings.data_dir, settings.sqlite_path.parent}
    unusable = [problem for folder in sorted(folders) for problem in _folder(folder)]
    if unusable:
        yield from unusable
        return
    try:
        refuse_strangers(settings.sqlite_path)
        keys = keys_file.load(settings.data_dir)
        with using(settings):
            purpose = _purpose(settings.sqlite_path)
    except DelaError as error:
        yield f"DELA_DATA_DIR: {error}"
        return
    if purpose is Purpose.DEMO or (keys and keys.get("made_for") == Purpose.DEMO):
        yield (
            f"DELA_DATA_DIR: the demo has used {settings.data_dir}, its people and its keys are there: "
            "choose another folder, or delete this one"
        )
    elif purpose is not None and keys is None and not (settings.secret_keys and settings.identity_key):
        yield (
            f"DELA_DATA_DIR: {settings.data_dir / keys_file.FILE} is missing, without which no link works and people "
            "would be registered twice: restore it from a backup"
        )


def _folder(folder: Path) -> Iterator[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield f"DELA_DATA_DIR: {folder} can't be written to by {_user()}: {error.strerror}"


def _purpose(path: Path) -> Purpose | None:
    """What a store is used for. Raises Refused if a newer program has changed it too far."""
    if not path.exists():
        return None
    store = SqliteStore(path)
    try:
        form_of(store)
        return purpose_of(store)
    finally:
        store.close()


def _port(port: int, listen: str) -> Iterator[str]:
    try:
        family, _, _, _, address = socket.getaddrinfo(listen, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        yield f"PORT: {port} at {listen} can't be listened at ({error.strerror}): stop what uses it, or choose another"


def _user() -> str:
    return f"the user with number {os.geteuid()}"


def _hint(trial: bool) -> Iterator[str]:
    if not trial:
        yield "To look around first: `dela demo`, or `dela serve --trial` without mail server and certificate."
