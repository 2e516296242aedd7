"""Queues for the contract suite: each home brings its adapter, a clock that can be moved, and its way of delivering."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from dela.queue.contract import Queue
from dela.queue.local import LocalQueue
from tests.support.forum import SetClock


class QueueHome(Protocol):
    """What the contract suite needs of a queue: see LocalHome for the meaning of each."""

    queue: Queue

    @property
    def now(self) -> datetime: ...
    def later(self, **duration: float) -> None: ...
    def deliver(self, handler: Callable[[str], None]) -> None: ...
    def break_off(self) -> None: ...
    def close(self) -> None: ...


class LocalHome:
    """The queue of one machine."""

    def __init__(self, folder: Path) -> None:
        self.clock = SetClock()
        self.path = folder / "queue.sqlite3"
        self.queue = LocalQueue(self.path, self.clock)

    @property
    def now(self) -> datetime:
        return self.clock.moment

    def later(self, **duration: float) -> None:
        """Move the queue's time on."""
        self.clock.moment += timedelta(**duration)

    def deliver(self, handler: Callable[[str], None]) -> None:
        """Have everything that is due by now handed to `handler`; one that raises asks for a repetition later."""
        self.queue.run_due(handler)

    def break_off(self) -> None:
        """Make the queue unreachable for good."""
        self.queue.close()
        for path in self.path.parent.glob("queue.sqlite3*"):
            path.unlink()
        self.path.mkdir()

    def close(self) -> None:
        self.queue.close()
