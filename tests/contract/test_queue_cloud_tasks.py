"""What only Cloud Tasks' adapter promises: what it sends, which errors it tries again, and what it does to its process.

tests/contract/test_queue.py holds what every queue promises.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from dela.errors import TemporaryFailure
from dela.queue import cloud_tasks as queue_cloud_tasks
from dela.queue.cloud_tasks import CloudTasksQueue
from tests.support.cloud_tasks import CloudTasks, Faults, cloud_tasks
from tests.support.cloud_tokens import account_of
from tests.support.forum import SetClock
from tests.support.process import ROOT, free_port, until
from tests.support.queue_cloud_home import ACCOUNT, PATH, Worker

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud")]

KEY = "message:confirm.1.2026-1.abc"


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture
def server() -> Iterator[CloudTasks]:
    with cloud_tasks(PATH, ACCOUNT) as server:
        yield server


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_cloud_tasks, "FIRST_PAUSE_SECONDS", 0.005)
    monkeypatch.setattr(queue_cloud_tasks, "DEADLINE_SECONDS", 10)


def queue_at(endpoint: str, url: str, path: str = PATH, caller: str = ACCOUNT) -> CloudTasksQueue:
    clock = SetClock(datetime.now(UTC))
    return CloudTasksQueue(path, url, caller, endpoint, clock)


@pytest.fixture
def queue(server: CloudTasks, worker: Worker) -> CloudTasksQueue:
    return queue_at(server.endpoint, worker.url)


def test_a_wake_up_is_a_post_of_its_key_with_a_token_that_cloud_run_lets_in(queue, server, worker):
    queue.enqueue(KEY)
    until(lambda: worker.calls)

    headers, body = worker.calls[0]
    assert json.loads(body) == {"key": KEY}
    assert headers["Content-Type"] == "application/json"
    token = headers["Authorization"].removeprefix("Bearer ")
    assert account_of(token, server.signer.public, worker.url) == ACCOUNT
    assert account_of(token, server.signer.public, f"{worker.url}/other") is None


def test_one_for_later_comes_later(queue, server, worker):
    queue.enqueue(KEY, queue._clock.now() + timedelta(hours=1))
    queue.enqueue("message:now")
    until(lambda: worker.calls)
    assert (worker.keys, len(server.dispatch.waiting())) == (["message:now"], 1)

    server.dispatch.forward(3600)
    until(lambda: len(worker.calls) == 2)

    assert worker.keys == ["message:now", KEY]


def test_the_same_key_and_time_is_one_task_and_another_time_another(queue, server):
    server.dispatch.pause()
    soon = queue._clock.now() + timedelta(minutes=1)

    for _ in range(3):
        queue.enqueue(KEY, soon)
    queue.enqueue(KEY, soon + timedelta(minutes=1))
    queue.enqueue(f"{KEY}d", soon)

    assert len(server.dispatch.waiting()) == 3
    assert server.calls == {"all": 5, "OK": 3, "ALREADY_EXISTS": 2}


def test_a_key_may_come_back_after_its_task_is_done(queue, server, worker):
    queue.enqueue(KEY)
    until(lambda: len(worker.calls) == 1)
    queue._clock.moment += timedelta(microseconds=1)
    queue.enqueue(KEY)
    until(lambda: len(worker.calls) == 2)

    assert server.calls["OK"] == 2


@pytest.mark.parametrize(
    "passing", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "ABORTED", "RESOURCE_EXHAUSTED"]
)
def test_what_passes_is_tried_again(queue, server, worker, passing):
    server.forced = [grpc.StatusCode[passing]] * 3

    queue.enqueue(KEY)
    until(lambda: worker.calls)

    assert server.calls["all"] == 4


@pytest.mark.parametrize(
    "lasting",
    ["INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "FAILED_PRECONDITION", "UNAUTHENTICATED", "UNIMPLEMENTED"],
)
def test_what_lasts_is_not_tried_again_and_says_what_is_wrong(queue, server, lasting):
    server.forced = [grpc.StatusCode[lasting]] * 3

    with pytest.raises(TemporaryFailure, match=r"as it is set up: [A-Z]"):
        queue.enqueue(KEY)

    assert server.calls["all"] == 1


def test_a_queue_that_stays_away_is_given_up_in_time(queue, server, monkeypatch):
    monkeypatch.setattr(queue_cloud_tasks, "DEADLINE_SECONDS", 0.5)
    server.forced = [grpc.StatusCode.UNAVAILABLE] * 1000

    with pytest.raises(TemporaryFailure, match="can't be reached now: ServiceUnavailable"):
        queue.enqueue(KEY)

    assert 2 < server.calls["all"] < 12, "with pauses that grow"


def test_nobody_at_the_address_is_a_temporary_failure_too(worker, monkeypatch):
    monkeypatch.setattr(queue_cloud_tasks, "DEADLINE_SECONDS", 0.5)
    with pytest.raises(TemporaryFailure):
        queue_at(f"127.0.0.1:{free_port()}", worker.url).enqueue(KEY)


def test_a_lost_answer_does_not_make_a_second_task(worker):
    with cloud_tasks(PATH, ACCOUNT, faults=Faults(answer_lost=0.5, seed=3)) as server:
        queue = queue_at(server.endpoint, worker.url)
        for number in range(20):
            queue.enqueue(f"message:{number}")
        until(lambda: len(worker.calls) == 20)
        until(server.dispatch.idle)

    assert sorted(worker.keys) == sorted(f"message:{number}" for number in range(20))
    assert server.calls["ALREADY_EXISTS"] > 0


def test_an_answer_that_does_not_come_is_not_waited_for(queue, server, worker, monkeypatch):
    monkeypatch.setattr(queue_cloud_tasks, "CALL_SECONDS", 0.3)
    server.slow = [1.0]

    queue.enqueue(KEY)
    until(lambda: worker.calls)

    assert server.calls == {"all": 2, "OK": 1, "ALREADY_EXISTS": 1}
    assert worker.keys == [KEY]


def test_a_worker_that_fails_is_called_again_until_it_does_not(queue, server, worker):
    worker.answers = [503, 500, 404]

    queue.enqueue(KEY)
    until(lambda: len(worker.calls) == 4)
    until(server.dispatch.idle)

    assert [headers["X-CloudTasks-TaskRetryCount"] for headers, _ in worker.calls] == ["0", "1", "2", "3"]
    assert server.dispatch.waiting() == []


def test_a_time_beyond_thirty_days_is_refused_before_it_is_sent(queue, server):
    with pytest.raises(ValueError, match="30 days"):
        queue.enqueue(KEY, queue._clock.now() + timedelta(days=30, seconds=1))
    assert server.calls["all"] == 0

    queue.enqueue(KEY, queue._clock.now() + timedelta(days=30))


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"path": "dela-tests/europe-west1/other"}, "NotFound"),
        ({"path": "dela-tests/EUROPE/mails"}, "InvalidArgument"),
        ({"caller": "stranger@dela-tests.iam.gserviceaccount.com"}, "PermissionDenied"),
        ({"caller": "caller@other.iam.gserviceaccount.com"}, "InvalidArgument"),
        ({"caller": ""}, "InvalidArgument"),
        ({"url": "delivery.run.app"}, "InvalidArgument"),
        ({"url": "https://delivery.run.app/" + "x" * 2083}, "InvalidArgument"),
    ],
)
def test_the_server_of_the_tests_is_as_strict_as_it_says(server, worker, wrong, kind):
    queue = queue_at(server.endpoint, **{"url": worker.url, **wrong})

    with pytest.raises(TemporaryFailure, match=kind):
        queue.enqueue(KEY)


def test_tasks_come_twice_and_in_another_order_and_get_lost_where_the_test_wants_it(worker):
    with cloud_tasks(PATH, ACCOUNT, faults=Faults(twice=0.3, late=0.3, lost=0.2, seed=5)) as server:
        queue = queue_at(server.endpoint, worker.url)
        sent = [f"message:{number:02}" for number in range(40)]
        for key in sent:
            queue.enqueue(key)
        until(lambda: not server.dispatch.waiting() and server.dispatch.idle())

    assert len(worker.keys) > len(set(worker.keys))
    assert 0 < len(set(sent) - set(worker.keys)) < 20
    assert worker.keys != sorted(worker.keys)


def test_no_more_is_on_its_way_at_once_than_the_queue_allows(worker):
    with cloud_tasks(PATH, ACCOUNT, at_once=3) as server:
        queue = queue_at(server.endpoint, worker.url)
        for number in range(30):
            queue.enqueue(f"message:{number}")
        until(lambda: len(worker.calls) == 30)

    assert server.dispatch.most_at_once <= 3


def test_a_child_makes_a_client_of_its_own(queue, server):
    """gRPC does not survive a fork: the parent's client is not used in the child."""
    queue.enqueue(KEY)
    first = queue._tasks()
    assert queue._tasks() is first

    queue._pid = os.getpid() + 1

    assert queue._tasks() is not first


LAZY = """
import sys
from datetime import UTC, datetime
from dela.queue.cloud_tasks import CloudTasksQueue
CloudTasksQueue("p/l/q", "https://x", "a@b", "", None)
print(sorted(name for name in ("grpc", "google.cloud.tasks_v2", "google.api_core") if name in sys.modules))
"""


def test_making_the_queue_loads_and_opens_nothing():
    told = subprocess.run(
        [sys.executable, "-c", LAZY],
        env={"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "[]"
