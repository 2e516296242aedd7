"""`dela backup` and `dela restore`: everything in one file, and back."""

import argparse
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dela import settings as settings_module
from dela.clock.seen import SLACK
from dela.demo.clock import DemoClock
from dela.duties.upgrade import upgrade
from dela.errors import Conflict
from dela.mailing.after_restore import settle
from dela.mailing.believing import vouch
from dela.operating import backup_file, data_lock, restored
from dela.operating.commands.opening import at_home, forum, refuse_strangers
from dela.operating.commands.words import Wrong, counted, when
from dela.ports import Ports
from dela.settings import Settings
from dela.store import keys_file
from dela.store.sqlite import SqliteStore
from dela.wiring import ports_of


def backup(options: argparse.Namespace) -> None:
    """`dela backup FILE`: also while the forum runs."""
    target = Path(options.file)
    if target.is_dir() or not target.parent.is_dir():
        raise Wrong(f"{target}: not a file in a folder that exists")
    settings = settings_module.load()
    at_home(settings)
    if not settings.sqlite_path.exists():
        raise Wrong(f"{settings.sqlite_path}: there are no data yet (DELA_DATA_DIR says where they are)")
    with forum(writing=False, any_form=True) as ports, closing(SqliteStore(settings.sqlite_path)) as store:
        size = backup_file.write(target, store.backup, keys_in_use(ports), ports.clock.now())
    print(f"{target}: {size / 1e6:.1f} MB. It holds people's addresses and the keys of all links: keep it safe.")


def restore(options: argparse.Namespace) -> None:
    """`dela restore FILE [--overwrite]`: only while nothing else uses the data."""
    settings = settings_module.load()
    at_home(settings)
    refuse_strangers(settings.sqlite_path)
    if not Path(options.file).is_file():
        raise Wrong(f"{options.file}: there is no such file")
    try:
        with data_lock.alone(settings.sqlite_path):
            _restore(settings, Path(options.file), overwrite=options.overwrite)
    except Conflict:
        raise Wrong("a server or a command uses these data now: please stop it first") from None


def _restore(settings: Settings, archive: Path, *, overwrite: bool) -> None:
    restored.finish(settings.sqlite_path, settings.data_dir)
    present = [path for path in (settings.sqlite_path, settings.data_dir / keys_file.FILE) if path.exists()]
    if present and not overwrite:
        raise Wrong(f"there are data already: {present[0]}\nTo replace them for good, add --overwrite.")
    with backup_file.unpacked(archive, settings.sqlite_path) as (staged, made_at, keys):
        _refuse_other_keys(settings, keys)
        ports = _ports(settings, staged, keys)
        now = ports.clock.now()
        upgrade(ports, now)
        settled, plausible = settle(ports, now), now >= made_at - SLACK
        if plausible:
            vouch(ports.store, now)
        getattr(ports.store, "close", lambda: None)()
        restored.put_in_place(staged, keys, settings.sqlite_path, settings.data_dir)
    print(f"Restored as it was at {when(made_at, settings.zone)}.")
    if settled:
        print(f"Of the reminders, {counted(settled, 'one', str(settled))} may have left since then: not sent again.")
    print(_about_the_clock(now, plausible, settings.zone))
    print("Sign-ups, answers and changes of meetings since then are not in it: look at `dela status`.")


def _about_the_clock(now: datetime, plausible: bool, zone: ZoneInfo) -> str:
    """By what time all this was done: whoever types the command sees it, and the backup is still there."""
    if not plausible:
        return (
            f"Now it is {when(now, zone)} by this clock, before the backup was made: please set it, and restore again."
        )
    return f"Now it is {when(now, zone)}. If that is wrong, please set the clock, and restore again."


def keys_in_use(ports: Ports) -> dict[str, str]:
    """The keys, wherever they came from, and what those in the file were made for."""
    kept = keys_file.load(ports.settings.data_dir) or {}
    used = {"secret_keys": ",".join(ports.settings.secret_keys), "identity_key": ports.settings.identity_key}
    return {**kept, **used}


def _refuse_other_keys(settings: Settings, keys: dict[str, str]) -> None:
    if settings.identity_key and settings.identity_key != keys["identity_key"]:
        raise Wrong("DELA_IDENTITY_KEY is not the backup's: people would be registered twice. Please unset it.")
    if settings.secret_keys and not set(keys["secret_keys"].split(",")) & set(settings.secret_keys):
        raise Wrong("DELA_SECRET_KEYS has none of the backup's keys: no link in a mail would work. Please unset it.")


def _ports(settings: Settings, staged: Path, keys: dict[str, str]) -> Ports:
    """The forum in the staged store, by the time that it lives in."""
    known = {"secret_keys": tuple(keys["secret_keys"].split(",")), "identity_key": keys["identity_key"]}
    clock = DemoClock()
    ports = ports_of(settings.model_copy(update={**known, "store": f"sqlite:///{staged}"}), clock)
    clock.attach(ports.store)
    return ports
