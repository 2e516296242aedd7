"""Upgrading the data before the forum runs: alone, and after a backup if anything that is stored will change."""

from contextlib import closing

from dela.duties.upgrade import upgrade, waiting
from dela.errors import Conflict
from dela.operating import data_lock, upgrade_backup
from dela.operating.commands.backup import keys_in_use
from dela.operating.commands.opening import ports_for, using
from dela.operating.commands.words import Wrong
from dela.ports import Ports
from dela.settings import Settings
from dela.store.form import form_of
from dela.store.sqlite import SqliteStore


def bring_up_to_date(settings: Settings) -> None:
    """Take the steps that change what is stored. Raises Wrong while others use the data, and Refused for newer ones.

    Where nothing changes, or nothing is stored yet, there is nothing to do.
    """
    if not settings.sqlite_path.exists():
        return
    with using(settings), ports_for(settings) as ports:
        if not any(step.run for step in waiting(ports)):
            return
    try:
        with data_lock.alone(settings.sqlite_path), ports_for(settings) as ports:
            _upgrade(ports)
    except Conflict:
        raise Wrong(
            "the data need an upgrade, and a server or a command of an older Dela uses them now: please stop it first"
        ) from None


def _upgrade(ports: Ports) -> None:
    settings, now = ports.settings, ports.clock.now()
    form = form_of(ports.store)
    with closing(SqliteStore(settings.sqlite_path)) as store:
        target = upgrade_backup.make(
            settings.data_dir, form.done, store.backup, keys_in_use(ports), now, again=form.until is not None
        )
    upgrade(ports, now)
    print(f"The data were brought into this version's form. As they were before, they are in {target}", flush=True)
