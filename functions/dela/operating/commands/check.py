"""`dela check`: each part of a forum at home, how it is, and what to ask whom for."""

import argparse
from collections.abc import Iterator

from dela import settings as settings_module
from dela.duties.status import status_of
from dela.errors import DelaError, Refused
from dela.operating import mail_probe
from dela.operating.advice import about_forum
from dela.operating.claim import purpose_of
from dela.operating.commands.home_findings import about_address, about_data, about_settings, about_templates
from dela.operating.commands.opening import at_home, forum
from dela.operating.finding import Finding, Level
from dela.operating.names_dns import DnsNames
from dela.operating.sender_domain import Sender, about_sender
from dela.operating.trial_mail import trial_mail
from dela.settings import Settings, SettingsError
from dela.store.installation import Purpose
from dela.wiring import ports_of

WIDTH = 10


def check(options: argparse.Namespace) -> int:
    """Look at every part; answers 1 if one is broken. Sends one mail, to the address that was typed, if any."""
    settings, faulty = settings_module.load_usable()
    broken = 0
    for finding in _findings(settings, faulty, options.mail):
        print(f"{finding.level:<5} {finding.part:<{WIDTH}} {finding.text}", flush=True)
        if finding.ask:
            print(f"{'':<5} {'':<{WIDTH}}   -> {finding.ask}", flush=True)
        broken += finding.level is Level.BAD
    print(f"\n{'Nothing is broken.' if not broken else f'Broken: {broken}. Please begin there.'}")
    return 1 if broken else 0


def _findings(settings: Settings, faulty: dict[str, str], mail_to: str | None) -> Iterator[Finding]:
    yield from about_settings(settings, faulty)
    try:
        at_home(settings)
    except SettingsError as error:
        yield Finding("settings", Level.BAD, "; ".join(error.problems))
        return
    yield from about_data(settings)
    yield from about_templates()
    if settings.sqlite_path.exists() and not faulty:
        yield from _about_forum()
    yield about_address(settings)
    yield _mail_server(settings)
    if mail_to is not None:
        yield _test_mail(settings, mail_to)
    yield from about_sender(DnsNames(), Sender.of(settings.mail_from, settings.mail_server))


def _about_forum() -> Iterator[Finding]:
    try:
        with forum(writing=False) as ports:
            if purpose_of(ports.store) is Purpose.DEMO:
                yield Finding("data", Level.LOOK, "are the demo's", "Choose another DELA_DATA_DIR for real use.")
            yield from about_forum(ports, status_of(ports, ports.clock.now()))
    except DelaError as error:
        yield Finding("data", Level.BAD, str(error))


def _mail_server(settings: Settings) -> Finding:
    if settings.mail_server is None:
        text = f"mails are written to {settings.outbox_folder}, none leaves"
        return Finding("mail", Level.BAD, text, "Set DELA_MAIL: smtp://USER:PASSWORD@HOST:587")
    try:
        return Finding("mail", Level.GOOD, mail_probe.probe(settings.mail_server))
    except Refused as refused:
        ask = "Ask the IT department for server, port, user and password of an account that programs may send with."
        return Finding("mail", Level.BAD, str(refused), ask)


def _test_mail(settings: Settings, recipient: str) -> Finding:
    try:
        ports = ports_of(settings.model_copy(update={"secret_keys": ("unused",), "identity_key": "unused"}))
        with ports.mail.session() as session:
            session.send(trial_mail(settings, recipient, ports.clock.now()))
    except DelaError as error:
        return Finding("test mail", Level.BAD, f"did not leave: {error}")
    return Finding("test mail", Level.GOOD, "left; see whether it arrived, and where")
