"""The program as the cloud runs it, with all that is paid for counted: handlers, store, tasks, bytes, seconds."""

import heapq
import io
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from werkzeug import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from dela.declarations import DECLARATIONS, DOCUMENTS
from dela.mail.contract import Mail
from dela.ports import Declared, Ports
from dela.settings import Settings
from dela.store.sqlite import SqliteStore
from dela.wiring import endpoint

SLOWER = 4.0
"""A vCPU of a function against the machine that counts; it covers a cold start now and then, too."""
TRIP_SECONDS = 0.02
"""One operation of the store over the network, begun, answered and committed."""
MAIL_SECONDS = 0.2
"""One mail, with its part of a conversation behind TLS."""
BILLED_STEP = 0.1
"""Time is billed in steps of 100 ms (cloud.google.com/run/pricing, billable time)."""
MEMORY_GIB = 0.25
CPUS = 1
HEAD_BYTES = 300
"""What a response's status and the host's own headers add."""


class World:
    """One forum in the cloud, with a clock that the year moves."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.moment = start
        self.days: defaultdict[date, Counter[str]] = defaultdict(Counter)
        self.mails: dict[str, Mail] = {}
        self._tasks: list[tuple[datetime, str]] = []
        self._mailed = 0
        self.store = SqliteStore(folder / "dela.sqlite3")
        key = "the-key-of-this-count"
        settings = Settings(secret_keys=(key,), identity_key=key, coordinator_name="Karin Norrby", proxies=1)
        self.settings = settings
        declared = Declared(lambda: DECLARATIONS, lambda: DOCUMENTS)
        self.ports = Ports(settings, self.store, self, self, self, declared)

    @property
    def today(self) -> Counter[str]:
        """What this day has used so far."""
        return self.days[self.moment.date()]

    # The clock, the queue and the mail server are the world itself.

    meant = False
    """What is billed includes the looks at the clock."""

    def now(self) -> datetime:
        """See clock/contract.py."""
        return self.moment

    def enqueue(self, key: str, not_before: datetime | None = None) -> None:
        """See queue/contract.py. Creating a task is one operation, each attempt to deliver it another."""
        task = (max(not_before or self.moment, self.moment), key)
        self.today["tasks"] += 1
        if task not in self._tasks:
            heapq.heappush(self._tasks, task)

    @contextmanager
    def session(self) -> Iterator["World"]:
        """See mail/contract.py."""
        yield self

    def carries_any_script(self) -> bool:
        """See mail/contract.py."""
        return True

    def send(self, mail: Mail) -> None:
        """See mail/contract.py. Takes its time, as a server does, so that what is read anew meanwhile is counted."""
        self.moment += timedelta(seconds=MAIL_SECONDS)
        self._mailed += 1
        self.today["mails"] += 1
        self.today["egress"] += len(mail.data) / 2**30
        self.mails[mail.recipient] = mail

    def work_off(self, until: datetime) -> None:
        """Deliver the tasks that are due before a time."""
        while self._tasks and self._tasks[0][0] <= until:
            due, key = heapq.heappop(self._tasks)
            self.moment = max(self.moment, due)
            self.today["tasks"] += 1
            self.call("delivery", "POST", "/", body=f'{{"key": "{key}"}}'.encode())

    def call(
        self,
        name: str,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        body: bytes = b"",
        client: str = "192.0.2.1",
    ) -> Headers:
        """Call a function as its trigger does, and count what that costs. Raises RuntimeError for an error."""
        if fields is not None:
            body = urlencode(fields).encode()
        kind = "application/x-www-form-urlencoded" if fields is not None else "application/json"
        builder = EnvironBuilder(
            path=path, method=method, input_stream=io.BytesIO(body), content_type=kind, content_length=len(body)
        )
        builder.headers["X-Forwarded-For"] = client
        request, day = Request(builder.get_environ()), self.today
        before, mailed, started = self._operations(), self._mailed, time.process_time()
        response = endpoint(name)(request, self.ports)
        seconds = time.process_time() - started
        if response.status_code >= 400:
            raise RuntimeError(f"{method} {name}{path}: {response.status_code}")
        used = self._operations()
        used.subtract(before)
        day.update(used)
        waited = TRIP_SECONDS * (used["reads"] + used["writes"]) + MAIL_SECONDS * (self._mailed - mailed)
        billed = max(1, math.ceil((SLOWER * seconds + waited) / BILLED_STEP)) * BILLED_STEP
        day.update({"invocations": 1, name: 1, "cpu": billed * CPUS, "memory": billed * MEMORY_GIB})
        day["egress"] += (len(response.data) + len(str(response.headers)) + HEAD_BYTES) / 2**30
        return response.headers

    def _operations(self) -> Counter[str]:
        done = self.store.operations
        return Counter(reads=done.reads, writes=done.writes, deletes=done.deletes)
