"""`dela backup` and `dela restore`: everything in one file, and back."""

import argparse
from contextlib import closing
from pathlib import Path

from dela import settings as settings_module
from dela.demo.clock import DemoClock
from dela.errors import Conflict
from dela.mailing.after_restore import settle
from dela.operating import backup_file, cloud, data_lock, restored
from dela.operating.commands.opening import at_home, forum, refuse_strangers
from dela.operating.commands.words import Wrong, counted, when
from dela.ports import Ports
from dela.settings import Settings
from dela.store import keys_file
from dela.store.sqlite import SqliteStore
from dela.wiring import ports_of


def backup(options: argparse.Namespace) -> None:
    """`dela backup FILE`: also while the forum runs, on this machine or in the cloud."""
    target = Path(options.file)
    if target.is_dir() or not target.parent.is_dir():
        raise Wrong(f"{target}: not a file in a folder that exists")
    size = _backup_there(target) if cloud.settings() else _backup_here(target)
    print(f"{target}: {size / 1e6:.1f} MB. It holds people's addresses and the keys of all links: keep it safe.")


def _backup_here(target: Path) -> int:
    settings = settings_module.load()
    at_home(settings)
    if not settings.sqlite_path.exists():
        raise Wrong(f"{settings.sqlite_path}: there are no data yet (DELA_DATA_DIR says where they are)")
    with forum(writing=False) as ports, closing(SqliteStore(settings.sqlite_path)) as store:
        kept = keys_file.load(settings.data_dir) or {}
        return backup_file.write(target, store.backup, {**kept, **_keys(ports)}, ports.clock.now())


def _backup_there(target: Path) -> int:
    """The same file of a forum in the cloud."""
    from dela.operating.cloud_copy import copy
    from dela.store.firestore import FirestoreStore

    with forum(writing=False) as ports:
        store = ports.store
        assert isinstance(store, FirestoreStore)
        return backup_file.write(target, lambda path: copy(store, path), _keys(ports), ports.clock.now())


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
        settled = settle(ports, ports.clock.now())
        getattr(ports.store, "close", lambda: None)()
        restored.put_in_place(staged, keys, settings.sqlite_path, settings.data_dir)
    print(f"Restored as it was at {when(made_at, settings.zone)}.")
    if settled:
        print(f"Of the reminders, {counted(settled, 'one', str(settled))} may have left since then: not sent again.")
    print("Sign-ups, answers and changes of meetings since then are not in it: look at `dela status`.")


def _keys(ports: Ports) -> dict[str, str]:
    """The keys in use, wherever they came from."""
    return {"secret_keys": ",".join(ports.settings.secret_keys), "identity_key": ports.settings.identity_key}


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
