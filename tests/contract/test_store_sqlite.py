"""The file at home: what was answered is on disk, and whatever is wrong with the disk passes as a temporary failure."""

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import psutil
import pytest

from dela.errors import Broken, TemporaryFailure
from dela.store import sqlite_connections as sqlite
from dela.store.contract import Query
from dela.store.documents import Document
from dela.store.keeping import OfNobody
from dela.store.sqlite import SqliteStore
from tests.support.process import ROOT, environment
from tests.support.things import Counter, Thing


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "data" / "store.sqlite"


@pytest.fixture
def store(path):
    store = SqliteStore(path)
    yield store
    store.close()


def test_what_was_answered_is_on_disk(store):
    """In WAL mode with synchronous=FULL each commit is synced before it returns (sqlite.org/pragma.html)."""
    store.create(Thing(id="one"))

    writer = store._connections.writer()
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_was_answered_survives_the_death_of_the_process(path):
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dela.store.sqlite import SqliteStore\n"
        "from tests.support.things import Thing\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    store.create(Thing(id=str(number)))\n"
        "    print(number, flush=True)\n"
    )
    command = [sys.executable, "-c", script, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=paths()) as writing:
        answered = [int(writing.stdout.readline()) for _ in range(50)]
        writing.kill()
        answered += [int(line) for line in writing.stdout.read().splitlines()]

    with closing(SqliteStore(path)) as store:
        there = {int(thing.id) for thing in store.query(Thing, Query(limit=10**6))}
    assert there >= set(answered)
    assert len(there) <= len(answered) + 1


def paths() -> dict[str, str]:
    return environment(PYTHONPATH=f"{ROOT / 'functions'}:{ROOT}")


def test_the_files_are_their_owners_only(store, path):
    store.create(Thing(id="one"))
    store.backup(path.with_name("backup"))

    files = list(path.parent.iterdir())
    assert {each.name for each in files} == {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "backup"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


def test_a_file_that_is_there_keeps_what_its_owner_allowed(path):
    path.parent.mkdir()
    path.touch(0o640)
    path.chmod(0o640)
    with closing(SqliteStore(path)) as store:
        store.create(Thing(id="one"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_lock_that_lasts_is_a_temporary_failure_and_readers_go_on(store, path, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.1)
    store.create(Thing(id="one"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(SqliteStore(path)) as hurried:
            with pytest.raises(TemporaryFailure, match="locked"):
                hurried.create(Thing(id="two"))
            assert hurried.get(Thing, "one") is not None
            other.execute("ROLLBACK")
            hurried.create(Thing(id="two"))


def test_a_thread_waits_for_another_no_longer_than_for_another_process(store, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.1)
    inside, go_on = Event(), Event()

    def hold(transaction) -> None:
        inside.set()
        go_on.wait(10)

    holding = Thread(target=store.transact, args=(hold,))
    holding.start()
    inside.wait(10)
    with pytest.raises(TemporaryFailure, match="busy"):
        store.create(Thing(id="one"))
    go_on.set()
    holding.join()
    store.create(Thing(id="one"))


def test_a_full_disk_is_a_temporary_failure_that_loses_nothing(store):
    store.create(Thing(id="one"))
    writer = store._connections.writer()
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")

    def fill(transaction) -> None:
        for number in range(100):
            transaction.create(Thing(id=f"{number}", name="x" * 1000))

    with pytest.raises(TemporaryFailure, match="full"):
        store.transact(fill)
    assert [thing.id for thing in store.query(Thing, Query())] == ["one"]

    writer.execute("PRAGMA max_page_count = 100000")
    store.transact(fill)
    assert store.count(Thing, Query()) == 101


@pytest.mark.parametrize("start", [0, 100], ids=["its head", "all but its head"])
def test_a_broken_file_is_a_temporary_failure(path, start):
    with closing(SqliteStore(path)) as store:
        for number in range(50):
            store.create(Thing(id=f"{number}", name="x" * 1000))
        store._connections.writer().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = path.read_bytes()
    path.write_bytes(damaged[:start] + b"\xa5" * (len(damaged) - start))

    with closing(SqliteStore(path)) as store:
        for ask in (lambda: store.count(Thing, Query()), lambda: store.create(Thing(id="new"))):
            with pytest.raises(TemporaryFailure):
                ask()


@pytest.mark.parametrize("hindrance", ["a folder in its place", "a file in its folder's place"])
def test_a_file_that_cannot_be_opened_is_a_temporary_failure(path, hindrance):
    if hindrance == "a folder in its place":
        path.mkdir(parents=True)
    else:
        path.parent.touch()

    with closing(SqliteStore(path)) as store:
        for ask in (lambda: store.get(Thing, "one"), lambda: store.create(Thing(id="one"))):
            with pytest.raises(TemporaryFailure):
                ask()


def test_our_own_mistakes_do_not_pass_as_temporary(store):
    with pytest.raises(Broken), sqlite.translated():
        store._connections.reader().execute("SELECT colour FROM things")


@pytest.mark.slow
def test_six_processes_that_open_a_new_file_at_once_all_get_in(path):
    with get_context("spawn").Pool(6) as pool:
        pool.starmap(write_elsewhere, [(path, number) for number in range(6)], chunksize=1)

    with closing(SqliteStore(path)) as store:
        assert store.count(Thing, Query()) == 60


def write_elsewhere(path: Path, number: int) -> None:
    with closing(SqliteStore(path)) as store:
        for each in range(10):
            store.create(Thing(id=f"{number}.{each}"))


def test_threads_that_end_leave_no_connection_open(store, path):
    store.create(Thing(id="one"))

    def read() -> None:
        assert store.get(Thing, "one") is not None

    def threads(number: int) -> int:
        for _ in range(number):
            reading = Thread(target=read)
            reading.start()
            reading.join()
        return len(opened(path))

    assert threads(30) <= threads(1)


def test_close_closes_what_all_threads_have_open_and_the_next_use_opens_again(store, path):
    store.create(Thing(id="one"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.get(Thing, "one"), range(20)))
        store.close()
        assert opened(path) == []
        assert all(pool.map(lambda _: store.get(Thing, "one"), range(20)))


def opened(path: Path) -> list[str]:
    return [each.path for each in psutil.Process().open_files() if each.path.startswith(str(path.parent))]


@pytest.mark.slow
def test_the_write_ahead_log_does_not_grow_with_what_is_written(store, path):
    """Others who read and back up hold its emptying off for a while; afterwards it is emptied as ever."""
    stop = Event()

    def read() -> None:
        while not stop.is_set():
            store.query(Thing, Query(limit=50))

    reading = Thread(target=read)
    reading.start()
    for batch in range(40):
        store.transact(lambda transaction, batch=batch: fill(transaction, batch))
        if batch % 10 == 0:
            store.backup(path.with_name(f"backup{batch}"))
    stop.set()
    reading.join()

    log, written = path.with_name("store.sqlite-wal"), 40 * 100 * 2000
    grown = log.stat().st_size
    for batch in range(40, 80):
        store.transact(lambda transaction, batch=batch: fill(transaction, batch))
    assert log.stat().st_size <= max(grown, written)
    assert store.count(Thing, Query()) == 8000


def fill(transaction, batch: int) -> None:
    for number in range(100):
        transaction.put(Thing(id=f"{batch}.{number}", name="x" * 2000))


def test_a_backup_is_of_one_moment_although_others_write(store, path):
    for name in ("here", "there"):
        store.create(Counter(id=name, value=500))
    stop = Event()

    def move() -> None:
        def work(transaction) -> None:
            here, there = (transaction.get(Counter, name) for name in ("here", "there"))
            transaction.put(here.model_copy(update={"value": here.value - 1}))
            transaction.put(there.model_copy(update={"value": there.value + 1}))

        while not stop.is_set():
            store.transact(work)

    moving = Thread(target=move)
    moving.start()
    try:
        for number in range(10):
            copy = path.with_name(f"copy{number}")
            store.backup(copy)
            with closing(SqliteStore(copy)) as kept:
                assert sum(counter.value for counter in kept.query(Counter, Query())) == 1000
    finally:
        stop.set()
        moving.join()


def test_a_newer_program_adds_its_indexes_to_an_older_file(path):
    class Old(Document):
        collection: ClassVar[str] = "aged"
        keeping = OfNobody()
        kept: str

    class New(Old):
        indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("kept",),)

    with closing(SqliteStore(path)) as store:
        store.create(Old(id="one", kept="here"))
    with closing(SqliteStore(path)) as store:
        assert [each.id for each in store.query(New, Query(equal={"kept": "here"}))] == ["one"]
        plan = store._connections.reader().execute(
            "EXPLAIN QUERY PLAN SELECT body FROM aged WHERE json_extract(body, '$.kept') = 'here' ORDER BY id"
        )
        assert "aged by kept" in str(plan.fetchall())


def test_erased_people_are_not_in_the_file_any_more(store, path):
    store.create(Thing(id="one", name="Anna Andersson"))
    store.transact(lambda transaction: transaction.delete(Thing, "one"))
    store._connections.writer().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert b"Anna" not in path.read_bytes() + path.with_name("store.sqlite-wal").read_bytes()
    assert os.path.getsize(path) > 0
