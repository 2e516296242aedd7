"""What the queue of one machine promises beyond the port: several workers, processes that die, what goes first."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from dela.errors import TemporaryFailure
from dela.queue.local import CLAIM, LONGEST_PAUSE, LocalQueue, QueueWorker
from tests.support.process import ROOT, Process, environment, until
from tests.support.queues import LocalHome

CHILD = """
import os, sys, time
from datetime import datetime, UTC
from pathlib import Path
from dela.queue.local import LocalQueue

class Clock:
    meant = True

    def now(self):
        return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

seen = Path(sys.argv[2]).open("a")

def handler(key):
    print(key, file=seen, flush=True)
    time.sleep(0.002)
    if key == "message:deadly":
        time.sleep(60)

queue = LocalQueue(Path(sys.argv[1]), Clock())
until = time.monotonic() + 20
while time.monotonic() < until and not Path(sys.argv[2] + ".go").exists():
    time.sleep(0.001)
queue.run_due(handler)
"""


@pytest.fixture
def home(tmp_path):
    home = LocalHome(tmp_path)
    yield home
    home.close()


def worker(home: LocalHome, tmp_path, name: str) -> Process:
    command = [sys.executable, "-c", CHILD, str(home.path), str(tmp_path / name)]
    return Process(command, environment(PYTHONPATH=str(ROOT / "functions")), tmp_path / f"{name}.log")


def seen_by(tmp_path, name: str) -> list[str]:
    path = tmp_path / name
    return path.read_text().split() if path.exists() else []


def test_a_message_goes_before_pages_however_long_they_have_waited(home):
    home.queue.enqueue("page:a")
    home.queue.enqueue("page:b")
    home.later(minutes=3)
    home.queue.enqueue("message:confirm")
    keys = []
    home.deliver(keys.append)

    assert keys == ["message:confirm", "page:a", "page:b"]


def test_what_one_worker_has_claimed_no_other_works_on(home):
    home.queue.enqueue("page:long")
    other = LocalQueue(home.path, home.clock)
    seen = []

    def handler(key):
        seen.append(key)
        home.later(minutes=14)
        other.run_due(seen.append)

    home.deliver(handler)
    other.close()

    assert seen == ["page:long"]


def test_threads_share_the_work_and_do_nothing_twice(home):
    for number in range(300):
        home.queue.enqueue(f"message:{number}")
    seen: list[str] = []
    start = Barrier(4)

    def work(_):
        start.wait()
        home.deliver(seen.append)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(seen) == len(set(seen)) == 300


@pytest.mark.slow
def test_two_processes_share_the_work_and_do_nothing_twice(home, tmp_path):
    for number in range(400):
        home.queue.enqueue(f"message:{number}")
    with worker(home, tmp_path, "one") as one, worker(home, tmp_path, "two") as two:
        for name in ("one", "two"):
            until(lambda name=name: (tmp_path / name).exists())
        (tmp_path / "one.go").touch()
        (tmp_path / "two.go").touch()
        assert (one.popen.wait(30), two.popen.wait(30)) == (0, 0), one.output + two.output

    first, second = seen_by(tmp_path, "one"), seen_by(tmp_path, "two")
    assert first, "both worked"
    assert second, "both worked"
    assert sorted(first + second) == sorted(f"message:{number}" for number in range(400))


@pytest.mark.slow
def test_what_a_worker_had_claimed_when_it_was_killed_is_worked_again_after_a_while(home, tmp_path):
    home.queue.enqueue("message:deadly")
    with worker(home, tmp_path, "one") as child:
        (tmp_path / "one.go").touch()
        until(lambda: seen_by(tmp_path, "one"), telling=lambda: child.output)
        child.popen.send_signal(signal.SIGKILL)
        child.popen.wait(10)
    keys = []

    home.deliver(keys.append)
    assert keys == [], "for all that anyone knows it is being worked on"
    home.later(seconds=CLAIM.total_seconds())
    home.deliver(keys.append)

    assert keys == ["message:deadly"]


def test_pauses_grow_to_five_minutes_at_most(home):
    home.queue.enqueue("message:unlucky")

    def fail(key):
        raise TemporaryFailure("not now")

    for _ in range(20):
        home.deliver(fail)
        due = home.queue.next_due()
        assert timedelta(0) < due - home.now <= LONGEST_PAUSE
        home.clock.moment = due


@pytest.mark.slow
def test_a_worker_outlives_whatever_goes_wrong_with_the_file(home, tmp_path):
    seen = []
    worker = QueueWorker(home.queue, seen.append)
    broken = iter([RuntimeError("a surprise"), TemporaryFailure("locked")])
    run_due = home.queue.run_due

    def sometimes(*arguments):
        for error in broken:
            raise error
        return run_due(*arguments)

    home.queue.run_due = sometimes
    worker.start()
    try:
        home.queue.enqueue("message:after")
        until(lambda: seen == ["message:after"], 10)
    finally:
        worker.stop()
