"""The queue, as a port: it wakes `delivery`. It never decides: the store does."""

from datetime import datetime
from typing import Protocol


class Queue(Protocol):
    """Wakes the worker, at least once, in no promised order, at or after a time.

    A lost, doubled or early wake-up does no harm: `delivery` does only what the store says is due, and `reminders`
    wakes again what was left.
    """

    def enqueue(self, key: str, not_before: datetime | None = None) -> None:
        """Have `delivery` called with `key` once `not_before` (aware; None: now) has come.

        `key` is KIND:ID (see mailing/wakeups.py), at most 500 characters, and holds no personal data. Enqueuing the
        same key and time again while it waits may be merged into one. A time further ahead than the queue can look
        (30 days for Cloud Tasks) raises ValueError. Raises TemporaryFailure when the queue is away: the caller may
        ignore that, because the document is stored and found again.
        """
        ...
