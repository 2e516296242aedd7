"""The adapters on one SQLite file wait for each other without sleeping, and not for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import perf_counter

import pytest

from dela.errors import TemporaryFailure
from dela.mailing.ledger import Heartbeat
from dela.queue.local import LocalQueue
from dela.store import sqlite_connections as sqlite
from dela.store.sqlite import SqliteStore
from tests.support.forum import NOW, SetClock


def test_store_and_queue_of_one_file_never_find_it_locked_by_each_other(tmp_path):
    store, queue = SqliteStore(tmp_path / "dela"), LocalQueue(tmp_path / "dela", SetClock())
    store.create(Heartbeat(id="first", at=NOW))
    for adapter in (store, queue):
        adapter._connections.writer().execute("PRAGMA busy_timeout = 0")  # who would have to sleep fails instead
    with ThreadPoolExecutor() as pool:
        enqueued = [pool.submit(queue.enqueue, f"message:{number}") for number in range(200)]
        created = [pool.submit(store.create, Heartbeat(id=str(number), at=NOW)) for number in range(200)]
        for future in enqueued + created:
            future.result()
    assert queue.waiting() == 200


def test_who_waits_too_long_for_the_file_is_told_to_come_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.05)
    store, queue = SqliteStore(tmp_path / "dela"), LocalQueue(tmp_path / "dela", SetClock())
    inside, done = Event(), Event()

    def work(_):
        inside.set()
        done.wait(10)

    holder = Thread(target=lambda: store.transact(work))
    holder.start()
    inside.wait(10)
    started = perf_counter()
    with pytest.raises(TemporaryFailure):
        queue.enqueue("message:1")
    assert perf_counter() - started < 5
    done.set()
    holder.join()
    queue.enqueue("message:1")
    assert queue.waiting() == 1
