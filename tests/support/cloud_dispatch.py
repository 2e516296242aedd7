"""How Cloud Tasks delivers: over HTTP, at least once, in no order, again after anything but a 2xx, within its rate."""

import heapq
import http.client
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Condition, Thread
from time import monotonic, time
from urllib.parse import urlsplit

SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""A test does not wait for the hour that a queue may be set to."""
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, order=True)
class Delivery:
    """One task on its way: `due` by the queue's clock, in seconds of the epoch."""

    due: float
    number: int
    name: str = field(compare=False)
    url: str = field(compare=False)
    headers: dict[str, str] = field(compare=False)
    body: bytes = field(compare=False)
    attempts: int = field(compare=False, default=0)


class Dispatcher(Thread):
    """Delivers what is due, at most `at_once` at a time and `per_second` a second (0: no limit)."""

    def __init__(
        self, authorize: Callable[[Delivery], dict[str, str]], at_once: int = 8, per_second: float = 0
    ) -> None:
        super().__init__(name="cloud tasks", daemon=True)
        self._authorize = authorize
        self.at_once, self.per_second = at_once, per_second
        self._pool = ThreadPoolExecutor(at_once, "task")
        self._changed = Condition()
        self._heap: list[Delivery] = []
        self._numbers = count()
        self._paused = self._stopping = False
        self._running = 0
        self._next_at = 0.0
        self.clock: Callable[[], float] = time
        self.resolve: Callable[[str], str] = str
        """Where on this machine an address is."""
        self._ahead = 0.0
        self.most_at_once = 0
        self.statuses: Counter[int] = Counter()

    def now(self) -> float:
        return self.clock() + self._ahead

    def add(self, name: str, url: str, headers: dict[str, str], body: bytes, due: float) -> None:
        with self._changed:
            heapq.heappush(self._heap, Delivery(due, next(self._numbers), name, url, headers, body))
            self._changed.notify_all()

    def forward(self, seconds: float) -> None:
        """Move the queue's clock."""
        with self._changed:
            self._ahead += seconds
            self._changed.notify_all()

    def pause(self, seconds: float = ANSWER_SECONDS) -> None:
        """Begin nothing more; when this returns, nothing is on its way."""
        with self._changed:
            self._paused = True
            assert self._changed.wait_for(lambda: not self._running, seconds), "a delivery does not end"

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def idle(self, seconds: float = 0) -> bool:
        """Whether nothing is on its way and nothing is due, nor will be for so many seconds."""
        with self._changed:
            return not self._running and not (self._heap and self._heap[0].due <= self.now() + seconds)

    def waiting(self) -> list[str]:
        """The names of the tasks that wait, whether due or not."""
        with self._changed:
            return [each.name for each in sorted(self._heap)]

    def clear(self) -> None:
        """Forget what waits, as purging a queue does."""
        with self._changed:
            self._heap.clear()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self.is_alive():
            self.join(ANSWER_SECONDS)
        self._pool.shutdown(cancel_futures=True)

    def run(self) -> None:
        while (delivery := self._next()) is not None:
            self._pool.submit(self._deliver, delivery)

    def _next(self) -> Delivery | None:
        """The next delivery, once it may begin; None when the dispatcher is stopped."""
        with self._changed:
            while not self._stopping:
                if (wait := self._wait()) <= 0:
                    self._running += 1
                    self.most_at_once = max(self.most_at_once, self._running)
                    self._next_at = monotonic() + (1 / self.per_second if self.per_second else 0)
                    return heapq.heappop(self._heap)
                self._changed.wait(min(wait, 60))
        return None

    def _wait(self) -> float:
        if self._paused or not self._heap or self._running >= self.at_once:
            return 60.0
        return max(self._heap[0].due - self.now(), self._next_at - monotonic())

    def _deliver(self, delivery: Delivery) -> None:
        status, retry_after = post(replace(delivery, url=self.resolve(delivery.url)), self._authorize(delivery))
        with self._changed:
            self.statuses[status] += 1
            if not 200 <= status < 300 and not self._stopping:
                pause = max(retry_after, min(SHORTEST_PAUSE * 2**delivery.attempts, LONGEST_PAUSE))
                again = replace(delivery, due=self.now() + pause, attempts=delivery.attempts + 1)
                heapq.heappush(self._heap, again)
            self._running -= 1
            self._changed.notify_all()


def post(delivery: Delivery, more: dict[str, str]) -> tuple[int, float]:
    """Call the target; answers its status (0: no answer) and how long it asks to be left alone."""
    parts = urlsplit(delivery.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
    told = {"X-CloudTasks-TaskName": delivery.name, "X-CloudTasks-TaskRetryCount": str(delivery.attempts)}
    try:
        connection.request("POST", parts.path or "/", delivery.body, {**delivery.headers, **told, **more})
        answer = connection.getresponse()
        answer.read()
        return answer.status, min(float(answer.headers.get("Retry-After", 0)), LONGEST_PAUSE)
    except (OSError, http.client.HTTPException):
        return 0, 0.0
    finally:
        connection.close()
