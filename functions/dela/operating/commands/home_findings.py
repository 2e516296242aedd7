"""What `dela check` finds out about this machine: settings, data, keys, templates, the way in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from dela import settings as settings_module
from dela.errors import DelaError, Refused
from dela.operating import backup_file
from dela.operating.finding import Finding, Level
from dela.settings import Settings
from dela.store import keys_file
from dela.web.language import LANGUAGES, translations
from dela.web.templates_folder import templates_folder

TIGHT, SCARCE = 1_000_000_000, 100_000_000
"""Bytes that should be free, and that must be."""


def about_settings(settings: Settings, faulty: dict[str, str]) -> Iterator[Finding]:
    """What can't be used, what is no setting at all, and what is right by itself but not together."""
    for sentence in faulty.values():
        yield Finding("settings", Level.BAD, sentence, "docs/settings.md describes each.")
    for name in settings_module.unknown_variables():
        yield Finding("settings", Level.LOOK, f"{name} is not a setting", "See whether it is spelt right.")
    if not settings.base_url.startswith("https:"):
        text = f"DELA_BASE_URL is {settings.base_url}: what people type there is not encrypted"
        yield Finding("settings", Level.LOOK, text, "Put a web server with a certificate in front.")
    elif not settings.proxies:
        text = "DELA_PROXIES is 0: all who come through the web server in front count as one"
        yield Finding("settings", Level.LOOK, text, "Set it to 1 if there is one web server in front.")
    if not settings.coordinator_phone:
        text = "DELA_COORDINATOR_PHONE is empty: nobody can ring when the link does not work"
        yield Finding("settings", Level.LOOK, text, "Set it: every mail and page carries it.")
    yield from about_responsibility(settings)
    if not faulty:
        yield Finding("settings", Level.GOOD, "can be read")


def about_responsibility(settings: Settings) -> Iterator[Finding]:
    """Whether people can read who answers for their data, and who is behind the forum."""
    if not settings.controller:
        text = "DELA_CONTROLLER is empty: the page about personal data must say who is responsible (GDPR, article 13)"
        yield Finding("settings", Level.LOOK, text, "Ask the data protection officer what to write there.")
    if not settings.data_protection_officer:
        text = "DELA_DATA_PROTECTION_OFFICER is empty: an authority must have one, and say how to reach them"
        yield Finding("settings", Level.LOOK, text, "Set it to a mail address or a telephone number.")
    if not settings.organisation:
        text = "DELA_ORGANISATION is empty: strangers are not told who is behind the forum"
        yield Finding("settings", Level.LOOK, text, "Set it: it stands on the first page.")


def about_data(settings: Settings) -> Iterator[Finding]:
    """The folder, the room on its disk, the store, the keys. Makes nothing that is not there."""
    store = settings.sqlite_path
    yield _space(next(folder for folder in (store.parent, *store.absolute().parents) if folder.exists()))
    if not store.exists():
        text = f"there is no store at {store} yet: it is made with the first meeting"
        yield Finding("store", Level.LOOK, text, "Make one: dela plan 2027-03-04T12:10")
    else:
        try:
            backup_file.refuse_damaged(store)
            yield Finding("store", Level.GOOD, f"{store} is whole ({store.stat().st_size / 1e6:.1f} MB)")
        except Refused as damaged:
            yield Finding("store", Level.BAD, str(damaged), "Stop the forum, and restore the last backup.")
    yield _keys(settings, needed=store.exists())


def about_templates() -> Iterator[Finding]:
    """Whether pages and mails can be written, in every language."""
    try:
        folder = templates_folder()
        mails = _mails()
        missing = [name for name in mails if not (folder / "mails" / name / "body.txt").is_file()]
    except FileNotFoundError as error:
        yield Finding("templates", Level.BAD, str(error), "Install Dela anew.")
        return
    try:
        for language in LANGUAGES:
            translations(language)
    except OSError:
        text = "the catalogues of other languages are not compiled"
        yield Finding("templates", Level.BAD, text, "Run make setup in Dela's folder.")
        return
    if missing:
        yield Finding("templates", Level.BAD, f"these mails have none: {', '.join(missing)}", "Install Dela anew.")
    else:
        yield Finding("templates", Level.GOOD, f"are there, in {' and '.join(LANGUAGES)}")


def about_address(settings: Settings) -> Finding:
    """Whether the public page is where its links say."""
    url = f"{settings.base_url}/signup"
    from dela.operating import web_probe

    try:
        web_probe.probe(url)
    except Refused as refused:
        ask = "See that `dela serve` runs, and the web server in front. From this machine it may differ from outside."
        return Finding("address", Level.LOOK, f"{url} {refused}", ask)
    return Finding("address", Level.GOOD, f"{url} answers")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    level = Level.BAD if free < SCARCE else Level.LOOK if free < TIGHT else Level.GOOD
    ask = "" if level is Level.GOOD else "Make room: without it nobody can sign up."
    return Finding("disk", level, f"{free / 1e9:.1f} GB are free at {folder}", ask)


def _keys(settings: Settings, *, needed: bool) -> Finding:
    path = settings.data_dir / keys_file.FILE
    if settings.secret_keys and settings.identity_key:
        return Finding("keys", Level.GOOD, "are given by DELA_SECRET_KEYS and DELA_IDENTITY_KEY")
    try:
        keys = keys_file.load(settings.data_dir)
    except DelaError as error:
        return Finding("keys", Level.BAD, str(error))
    if keys is None and needed:
        return Finding("keys", Level.BAD, f"{path} is missing: no link works", "Restore it from a backup.")
    if keys is None:
        return Finding("keys", Level.GOOD, "are made at the first start")
    if path.stat().st_mode & 0o077:
        return Finding("keys", Level.LOOK, f"{path} can be read by others", f"chmod 600 {path}")
    return Finding("keys", Level.GOOD, f"are in {path}, and in every backup")


def _mails() -> list[str]:
    """The names of all mails. Only `dela check` waits for every room's declarations, not each start."""
    from dela.declarations import DECLARATIONS
    from dela.mailing.kinds import MailKind

    return [each.name for each in DECLARATIONS if isinstance(each, MailKind)]
