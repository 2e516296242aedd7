"""The queue on Google Cloud Tasks."""

import json
import os
from datetime import datetime, timedelta
from hashlib import sha256
from random import uniform
from threading import Lock
from time import monotonic, sleep
from typing import Any

from dela.clock.contract import Clock
from dela.errors import TemporaryFailure
from dela.store.documents import instant_text

FARTHEST = timedelta(days=30)
"""Cloud Tasks looks no further ahead (its quotas page)."""
DEADLINE_SECONDS = 4.0
"""How long whoever waits for an answer of ours waits for the queue: what it does not take is found by `reminders`."""
CALL_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 0.1
PASSING = ("ServiceUnavailable", "DeadlineExceeded", "InternalServerError", "Unknown", "Aborted", "ResourceExhausted")
"""What may be over at the next try. Anything else (no such queue, no right to it) stays until somebody mends it."""
DISPATCH_SECONDS = 600
"""How long Cloud Tasks waits for delivery's answer: longer than a stretch of work on a page."""


class CloudTasksQueue:
    """See queue/contract.py. `path` is PROJECT/LOCATION/QUEUE; tasks POST to `delivery_url` with a token of `caller`.

    A task's name comes from its key and time, so that a doubled enqueue is one task. `endpoint` is for tests of the
    cloud. The client is made at first use, by the process that uses it.
    """

    def __init__(self, path: str, delivery_url: str, caller: str, endpoint: str, clock: Clock) -> None:
        project, location, queue = path.split("/")
        self._parent = f"projects/{project}/locations/{location}/queues/{queue}"
        self._delivery_url, self._caller, self._endpoint, self._clock = delivery_url, caller, endpoint, clock
        self._lock = Lock()
        self._client: Any = None
        self._pid = 0

    def enqueue(self, key: str, not_before: datetime | None = None) -> None:
        """See queue/contract.py."""
        now = self._clock.now()
        due = max(not_before or now, now)
        if due - now > FARTHEST:
            raise ValueError("a wake-up lies at most 30 days ahead")
        self._create(self._task(key, due, at_once=due <= now))

    def _task(self, key: str, due: datetime, *, at_once: bool) -> Any:
        from google.cloud import tasks_v2
        from google.protobuf.duration_pb2 import Duration

        name = sha256(f"{key} {instant_text(due)}".encode()).hexdigest()
        task = tasks_v2.Task(
            name=f"{self._parent}/tasks/{name}",
            dispatch_deadline=Duration(seconds=DISPATCH_SECONDS),
            http_request=tasks_v2.HttpRequest(
                http_method=tasks_v2.HttpMethod.POST,
                url=self._delivery_url,
                headers={"Content-Type": "application/json"},
                body=json.dumps({"key": key}).encode(),
                oidc_token=tasks_v2.OidcToken(service_account_email=self._caller, audience=self._delivery_url),
            ),
        )
        if not at_once:
            task.schedule_time = due
        return task

    def _create(self, task: Any) -> None:
        """Create the task; the client does not repeat by itself, so this does, with a pause that varies.

        A repetition bears the same name: if the task was taken and only the answer lost, it exists already.
        """
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from grpc import RpcError

        give_up = monotonic() + DEADLINE_SECONDS
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                self._tasks().create_task(parent=self._parent, task=task, timeout=CALL_SECONDS)
                return
            except exceptions.AlreadyExists:
                return
            except (exceptions.GoogleAPIError, GoogleAuthError, RpcError) as error:
                kind = type(error).__name__
                if kind not in PASSING:
                    raise TemporaryFailure(f"the queue takes nothing as it is set up: {kind}") from error
                if monotonic() + pause > give_up:
                    raise TemporaryFailure(f"the queue can't be reached now: {kind}") from error
            sleep(pause * uniform(0.5, 1.5))  # noqa: S311  (spreads load, guards nothing)
            pause *= 2

    def _tasks(self) -> Any:
        with self._lock:
            if self._client is None or self._pid != os.getpid():
                self._client, self._pid = self._connect(), os.getpid()
            return self._client

    def _connect(self) -> Any:
        from google.cloud import tasks_v2

        if not self._endpoint:
            return tasks_v2.CloudTasksClient()
        import grpc
        from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

        channel = grpc.insecure_channel(self._endpoint)
        return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
