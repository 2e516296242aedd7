"""A small, strict Cloud Tasks: one queue behind gRPC that refuses what Google's would, and lies as the network lies.

The rules are those of googleapis' google/cloud/tasks/v2 (cloudtasks.proto, task.proto, target.proto) and of the quotas
page (cloud.google.com/tasks/docs/quotas).
"""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from threading import Lock
from time import sleep
from typing import Any
from urllib.parse import unquote

import grpc
from google.cloud.tasks_v2 import CreateTaskRequest, HttpMethod, Task

from tests.support.cloud_dispatch import Delivery, Dispatcher
from tests.support.cloud_tokens import google

NAME = re.compile(r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/locations/[a-z]+-[a-z]+\d/queues/[A-Za-z0-9-]{1,100}")
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
ACCOUNT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]@([a-z0-9-]+)\.iam\.gserviceaccount\.com")
FARTHEST_SECONDS = 30 * 86400
LARGEST_TASK = 100 * 1024
LONGEST_URL = 2083
WITH_BODY = (HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH)
METHOD = "/google.cloud.tasks.v2.CloudTasks/CreateTask"


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong, as probabilities; `late` is by how many seconds at most a delivery is."""

    seed: int = 0
    twice: float = 0.0
    late: float = 0.0
    lost: float = 0.0
    answer_lost: float = 0.0
    away: float = 0.0


class Refusal(Exception):
    """An answer that is an error: its code, and why."""

    def __init__(self, code: grpc.StatusCode, why: str) -> None:
        super().__init__(why)
        self.code = code


class CloudTasks:
    """One queue. `endpoint` is where it answers; `accounts` are those whose tokens may be asked for."""

    def __init__(
        self, path: str, accounts: set[str], faults: Faults = Faults(), at_once: int = 8, per_second: float = 0
    ) -> None:
        project, location, queue = path.split("/")
        self.parent = f"projects/{project}/locations/{location}/queues/{queue}"
        self.signer = google()
        self.faults, self._accounts = faults, accounts
        self._random = Random(faults.seed)
        self._lock = Lock()
        self._names: set[str] = set()
        self._tokens: dict[str, tuple[str, str]] = {}
        self.calls: Counter[str] = Counter()
        self.forced: list[grpc.StatusCode] = []
        self.slow: list[float] = []
        self.outage = False
        self.dispatch = Dispatcher(self._authorize, at_once, per_second)
        self._server = grpc.server(ThreadPoolExecutor(4, "grpc"))
        handler = grpc.unary_unary_rpc_method_handler(self._create, CreateTaskRequest.deserialize, Task.serialize)
        self._server.add_generic_rpc_handlers((_OneMethod(handler),))
        self.endpoint = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def start(self) -> "CloudTasks":
        self._server.start()
        self.dispatch.start()
        return self

    def stop(self) -> None:
        self._server.stop(None)
        self.dispatch.stop()

    def _create(self, request: CreateTaskRequest, context: grpc.ServicerContext) -> Task:
        metadata = dict(context.invocation_metadata())
        with self._lock:
            try:
                self._count_and_force()
                task = self._checked(request, metadata)
                if self._happens(self.faults.away):
                    raise Refusal(grpc.StatusCode.UNAVAILABLE, "try later")
                if task.name in self._names:
                    raise Refusal(grpc.StatusCode.ALREADY_EXISTS, "the name is or was in use")
                self._take(task)
                if self._happens(self.faults.answer_lost):
                    raise Refusal(grpc.StatusCode.UNAVAILABLE, "the answer is lost, the task is taken")
            except Refusal as refusal:
                self.calls[refusal.code.name] += 1
                code, why = refusal.code, str(refusal)
            else:
                self.calls["OK"] += 1
                code, why = grpc.StatusCode.OK, ""
                wait = self.slow.pop(0) if self.slow else 0.0
        if code is grpc.StatusCode.OK:
            sleep(wait)
            return task
        context.abort(code, why)
        raise AssertionError("not reached")

    def _count_and_force(self) -> None:
        self.calls["all"] += 1
        if self.outage:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "away")
        if self.forced:
            raise Refusal(self.forced.pop(0), "as the test wants it")

    def _take(self, task: Task) -> None:
        """Remember the name for ever, and deliver once, or twice, or, if it gets lost, never."""
        http = task.http_request
        self._names.add(task.name)
        self._tokens[task.name] = (http.oidc_token.service_account_email, http.oidc_token.audience or http.url)
        if self._happens(self.faults.lost):
            return
        due = task.schedule_time.timestamp() if task.schedule_time else self.dispatch.now()
        for _ in range(2 if self._happens(self.faults.twice) else 1):
            late = self._random.uniform(0, self.faults.late)
            self.dispatch.add(task.name, http.url, dict(http.headers), http.body, due + late)

    def _checked(self, request: CreateTaskRequest, metadata: dict[str, Any]) -> Task:
        """The task, with a name, if Cloud Tasks would take it. Raises Refusal."""
        invalid = next((why for wrong, why in _wrongs(request, metadata, self.dispatch.now()) if wrong), None)
        if invalid:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, invalid)
        if request.parent != self.parent:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "queue does not exist")
        if request.task.http_request.oidc_token.service_account_email not in self._accounts:
            raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "no iam.serviceAccounts.actAs on that account")
        task = request.task
        task.name = task.name or f"{self.parent}/tasks/{self._random.getrandbits(64)}"
        return task

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _authorize(self, delivery: Delivery) -> dict[str, str]:
        account, audience = self._tokens[delivery.name]
        return {
            "Authorization": f"Bearer {self.signer.token(account, audience)}",
            "User-Agent": "Google-Cloud-Tasks",
            "X-CloudTasks-QueueName": self.parent.rsplit("/", 1)[1],
        }


def _wrongs(request: CreateTaskRequest, metadata: dict[str, Any], now: float) -> Iterator[tuple[bool, str]]:
    """Everything that makes a request invalid, each with why. Later ones may rely on the earlier ones."""
    task, http = request.task, request.task.http_request
    yield not NAME.fullmatch(request.parent), "parent is not projects/P/locations/L/queues/Q"
    routing = unquote(str(metadata.get("x-goog-request-params")))
    yield routing != f"parent={request.parent}", "no routing header"
    prefix, _, id = task.name.rpartition("/tasks/")
    yield bool(task.name) and (prefix != request.parent or not TASK_ID.fullmatch(id)), "task.name is malformed"
    yield len(Task.serialize(task)) > LARGEST_TASK, "the task is too large"
    yield Task.pb(task).WhichOneof("message_type") != "http_request", "only HTTP targets are known here"
    yield not re.match(r"https?://[^/]+", http.url) or len(http.url) > LONGEST_URL, "url is malformed or too long"
    yield bool(http.body) and http.http_method not in WITH_BODY, "this method has no body"
    if task.schedule_time:
        yield task.schedule_time.timestamp() > now + FARTHEST_SECONDS, "schedule_time is more than 30 days ahead"
    if task.dispatch_deadline:
        yield not 15 <= task.dispatch_deadline.total_seconds() <= 1800, "dispatch_deadline is out of range"
    yield bool(http.oauth_token), "an OAuth token is for Google's own addresses"
    yield not http.oidc_token, "a private function needs an OIDC token"
    account = ACCOUNT.fullmatch(http.oidc_token.service_account_email)
    project = request.parent.split("/")[1]
    yield account is None or account[1] != project, "not a service account of the queue's project"


class _OneMethod(grpc.GenericRpcHandler):
    """Knows CreateTask, and answers UNIMPLEMENTED to everything else."""

    def __init__(self, handler: grpc.RpcMethodHandler) -> None:
        self._handler = handler

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._handler if handler_call_details.method == METHOD else None


@contextmanager
def cloud_tasks(path: str, *accounts: str, **more: Any) -> Iterator[CloudTasks]:
    """A queue that runs as long as the context."""
    server = CloudTasks(path, set(accounts), **more).start()
    try:
        yield server
    finally:
        server.stop()
