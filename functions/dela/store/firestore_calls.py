"""Calling Firestore: one connection for each process, a time limit on every call, and which errors are worth a repeat.

Firestore's usual client repeats a commit by itself when its answer is lost, and then reports AlreadyExists for one's
own write (google-cloud-firestore 2.34, services/firestore/transports/base.py). So the generated client beneath it is
called, with its repetitions switched off; `repeated` repeats instead, for callers that look what became of a write.
"""

import os
from collections.abc import Callable, Mapping
from random import uniform
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar

from dela.errors import Broken, TemporaryFailure

R = TypeVar("R")

CALL_SECONDS = 10.0
DEADLINE_SECONDS = 25.0
"""What one use of the store may take with all its repetitions: a function has a minute."""
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 4.0


class Patience:
    """The time that one use of the store has, over all its attempts."""

    def __init__(self) -> None:
        self._end = monotonic() + DEADLINE_SECONDS
        self._pause = FIRST_PAUSE_SECONDS

    def seconds(self) -> float:
        """The time limit for the next call."""
        return max(0.1, min(CALL_SECONDS, self._end - monotonic()))

    def wait(self, error: Exception) -> None:
        """Pause before the next attempt, for a time that varies and grows. Raises TemporaryFailure if none is left."""
        pause = uniform(0, self._pause)  # noqa: S311  (spreads load, guards nothing)
        if monotonic() + pause > self._end:
            raise TemporaryFailure("the store can't answer now") from error
        sleep(pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)


def repeated(attempt: Callable[[Patience], R]) -> R:
    """The answer of `attempt`, tried again while Firestore is busy or away.

    Raises TemporaryFailure in the end, and Broken at once for what no repetition mends.
    """
    from google.api_core.exceptions import GoogleAPICallError

    patience = Patience()
    while True:
        try:
            return attempt(patience)
        except GoogleAPICallError as error:
            if not is_passing(error):
                raise _refusal(error) from _cause(error)
            patience.wait(error)


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    from google.api_core import exceptions

    never = (exceptions.MethodNotImplemented, exceptions.DataLoss)
    passing = (exceptions.Aborted, exceptions.Cancelled, exceptions.ServerError, exceptions.TooManyRequests)
    return isinstance(error, passing) and not isinstance(error, never)


class FirestoreClient:
    """The generated client of one database. It is made at first use, by the process that uses it: none crosses a fork.

    `emulator` is HOST:PORT of Google's emulator, or empty for the real one.
    """

    def __init__(self, project: str, database: str, emulator: str) -> None:
        self._emulator = emulator
        self.database = f"projects/{project}/databases/{database}"
        self.documents = f"{self.database}/documents"
        self._start()

    def call(self, method: str, request: Mapping[str, Any], seconds: float) -> Any:
        """The answer of one call; it is made once. Raises google.api_core's errors of a call, and no other of Google's.

        What neither says that the call failed nor that it was done is told as one whose answer was lost.
        """
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from grpc import RpcError

        call = getattr(self._client(), method)
        try:
            return call(request=dict(request), retry=None, timeout=seconds, metadata=self._metadata)
        except exceptions.GoogleAPICallError:
            raise
        except (exceptions.GoogleAPIError, GoogleAuthError, RpcError) as error:
            raise exceptions.Unknown(f"{method}: {type(error).__name__}") from error

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        client = self._made
        self._start()
        if client is not None:
            client.transport.close()

    def _start(self) -> None:
        self._pid, self._lock = os.getpid(), Lock()
        self._made: Any = None
        self._metadata: tuple[tuple[str, str], ...] = ()

    def _client(self) -> Any:
        if self._pid != os.getpid():
            self._start()
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.firestore_v1.services import firestore

        resource = ("google-cloud-resource-prefix", self.database)
        if self._emulator:
            self._metadata = (resource, ("authorization", "Bearer owner"))
            return firestore.FirestoreClient(transport=_emulator_transport(self._emulator))
        self._metadata = (resource,)
        try:
            return firestore.FirestoreClient()
        except GoogleAuthError as error:
            raise Broken("no Google credentials: set them up, or choose another DELA_STORE") from error


def _emulator_transport(host: str) -> Any:
    import grpc
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

    return FirestoreGrpcTransport(channel=grpc.insecure_channel(host), credentials=AnonymousCredentials())


ADVICE = {
    "PERMISSION_DENIED": "the service account needs roles/datastore.user",
    "UNAUTHENTICATED": "the credentials are not valid",
    "NOT_FOUND": "there is no such database: see DELA_STORE",
    "FAILED_PRECONDITION": "an index or the database's mode does not fit",
    "INVALID_ARGUMENT": "this program asked for something that does not exist",
}


def _refusal(error: Any) -> Broken:
    status = error.grpc_status_code.name if error.grpc_status_code else type(error).__name__
    return Broken(f"Firestore refuses: {status} ({ADVICE.get(status, 'no repetition will help')})")


def _cause(error: Any) -> Exception | None:
    """The error itself, for the log, unless it may quote what somebody typed."""
    from google.api_core.exceptions import InvalidArgument

    return None if isinstance(error, InvalidArgument) else error
