"""How a command gets at the forum's data, beside a server that runs on them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dela import settings as settings_module
from dela.demo.clock import DemoClock
from dela.duties.upgrade import upgrade, waiting
from dela.operating import data_lock, restored
from dela.operating.claim import claim, purpose_of
from dela.operating.commands.words import Wrong
from dela.ports import Ports
from dela.settings import Settings, SettingsError
from dela.store.files import clear_workplaces
from dela.store.installation import Purpose
from dela.wiring import ports_of


@contextmanager
def forum(*, writing: bool = True, any_form: bool = False) -> Iterator[Ports]:
    """The ports of the forum that the settings name, while a command works on it.

    A demo's has the demo's clock. `writing` claims data that nobody has used yet for real use. Data that wait for an
    upgrade, or that a newer program has changed too far, are for `any_form` only. Raises SettingsError, Wrong, and what
    stands in the way of the data.
    """
    settings = settings_module.load()
    with using(settings), ports_for(settings) as ports:
        unused = purpose_of(ports.store) is None
        if not any_form:
            _refuse_other_forms(ports, unused=unused)
        if writing and unused:
            claim(ports.store, Purpose.REAL, ports.clock.now())
        if writing:
            upgrade(ports, ports.clock.now())
        yield ports


@contextmanager
def ports_for(settings: Settings) -> Iterator[Ports]:
    """The ports that these settings name, closed afterwards; a demo's has the demo's clock."""
    ports = _ports(settings)
    try:
        yield ports
    finally:
        for port in (ports.store, ports.queue):
            getattr(port, "close", lambda: None)()


@contextmanager
def using(settings: Settings) -> Iterator[None]:
    """Use the data beside others, after a restore that was cut short has been brought to its end.

    What killed backups and restores have left in the folder is removed.
    """
    at_home(settings)
    refuse_strangers(settings.sqlite_path)
    with ExitStack() as stack:
        if restored.pending(settings.sqlite_path):
            with data_lock.alone(settings.sqlite_path):
                restored.finish(settings.sqlite_path, settings.data_dir)
        stack.enter_context(data_lock.using(settings.sqlite_path))
        clear_workplaces(settings.sqlite_path.parent)
        yield


def at_home(settings: Settings) -> None:
    """Raise SettingsError unless this is the home on one machine."""
    problems = []
    if not settings.store_url.startswith("sqlite:"):
        problems.append("DELA_STORE: `dela` runs the forum on one machine, with sqlite:///FILE")
    if settings.queue != "local":
        problems.append("DELA_QUEUE: `dela` runs the forum on one machine, with local")
    if problems:
        raise SettingsError(problems)


def refuse_strangers(store: Path) -> None:
    """Raise Wrong if root works on another user's data: files that root makes there shut their owner out."""
    folder = store if store.exists() else store.parent
    if os.geteuid() == 0 and folder.exists() and folder.stat().st_uid != 0:
        raise Wrong(f"{folder} belongs to another user: please run this command as that user (see docs/at-home.md)")


def _refuse_other_forms(ports: Ports, *, unused: bool) -> None:
    if any(step.run for step in waiting(ports)) and not unused:
        raise Wrong("these data are of an older Dela: `dela serve` makes a backup of them and upgrades them")


def _ports(settings: Settings) -> Ports:
    ports = ports_of(settings)
    if purpose_of(ports.store) is not Purpose.DEMO:
        return ports
    getattr(ports.store, "close", lambda: None)()
    clock = DemoClock()
    ports = ports_of(settings, clock)
    clock.attach(ports.store)
    return ports
