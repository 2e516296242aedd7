"""The queue as a table in the SQLite file, worked off by a thread of this or another process."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from threading import Condition, Thread

from dela.clock.contract import Clock
from dela.errors import TemporaryFailure
from dela.store.documents import instant_text
from dela.store.sqlite_connections import Connections, transaction, translated

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS wakeups (
    key TEXT NOT NULL PRIMARY KEY,
    due_at TEXT NOT NULL,
    version TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID
"""
FARTHEST = timedelta(days=30)
"""Cloud Tasks looks no further ahead (its quotas page), so neither does this."""
CLAIM = timedelta(minutes=15)
"""After so long a claimed wake-up whose worker never came back is worked again."""
CLAIMED = "claimed-"
"""How the version of a claimed wake-up begins: its due time is that of the claim, and gives way to any other."""
LONGEST_PAUSE = timedelta(minutes=5)
POLL_SECONDS = 1.0
"""How often a worker looks for what other processes enqueued."""


class LocalQueue:
    """See queue/contract.py. Commits need not survive a power cut: `reminders` finds again what was to be woken."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._connections = Connections(path, "NORMAL", SCHEMA)
        self._clock = clock
        self.changed = Condition()

    def enqueue(self, key: str, not_before: datetime | None = None) -> None:
        """See queue/contract.py."""
        now = self._clock.now()
        due = max(not_before or now, now)
        if due - now > FARTHEST:
            raise ValueError("a wake-up lies at most 30 days ahead")
        sql = (
            "INSERT INTO wakeups (key, due_at, version) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "due_at = CASE WHEN version LIKE 'claimed-%' THEN excluded.due_at ELSE min(due_at, excluded.due_at) END, "
            "version = excluded.version"
        )
        with translated(), self._connections.lock:
            self._connections.writer().execute(sql, (key, instant_text(due), token_hex(8)))
        with self.changed:
            self.changed.notify_all()

    def run_due(self, handler: Callable[[str], None], go_on: Callable[[], bool] = lambda: True) -> int:
        """Work off what is due by the clock, each by one worker at a time, as long as `go_on` says so.

        Answers how many calls were made.

        A wake-up goes when `handler` returns. If it raises, the wake-up stays and is due again after a pause that
        grows with its failures.
        """
        worked = 0
        while go_on() and (claimed := self._claim()):
            worked += 1
            self._work(*claimed, handler)
        return worked

    def next_due(self) -> datetime | None:
        """When the next wake-up is due, or None if nothing waits."""
        with translated(), self._connections.lock:
            row = self._connections.writer().execute("SELECT min(due_at) FROM wakeups").fetchone()
        return datetime.fromisoformat(row[0]) if row[0] else None

    def waiting(self) -> int:
        """How many wake-ups wait."""
        with translated(), self._connections.lock:
            return int(self._connections.writer().execute("SELECT count(*) FROM wakeups").fetchone()[0])

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _claim(self) -> tuple[str, str, int] | None:
        now = self._clock.now()
        with translated(), self._connections.lock:
            connection = self._connections.writer()
            due = (
                "SELECT key, failures FROM wakeups WHERE due_at <= ? "
                "ORDER BY key LIKE 'page:%', due_at, key LIMIT 1"  # somebody waits for a message: it goes before pages
            )
            if connection.execute(due, (instant_text(now),)).fetchone() is None:
                return None
            with transaction(connection):
                row = connection.execute(due, (instant_text(now),)).fetchone()
                if row is None:
                    return None
                version = CLAIMED + token_hex(8)
                claim = "UPDATE wakeups SET due_at = ?, version = ? WHERE key = ?"
                connection.execute(claim, (instant_text(now + CLAIM), version, row[0]))
            return row[0], version, row[1]

    def _work(self, key: str, version: str, failures: int, handler: Callable[[str], None]) -> None:
        try:
            handler(key)
        except Exception:
            log.exception("a wake-up failed and will be repeated", extra={"action": "queue"})
            again = self._clock.now() + min(timedelta(seconds=2 ** min(failures, 10)), LONGEST_PAUSE)
            sql = "UPDATE wakeups SET due_at = ?, version = ?, failures = failures + 1 WHERE key = ? AND version = ?"
            self._execute(sql, (instant_text(again), token_hex(8), key, version))
        else:
            # One that was enqueued anew meanwhile has another version, and stays.
            self._execute("DELETE FROM wakeups WHERE key = ? AND version = ?", (key, version))

    def _execute(self, sql: str, values: tuple[str, ...]) -> None:
        with translated(), self._connections.lock:
            self._connections.writer().execute(sql, values)


class QueueWorker(Thread):
    """Works off a queue until it is stopped. As a context manager it is paused: nothing runs inside the context.

    Whatever it works on, it does inside a context that `standing` makes.
    """

    def __init__(
        self,
        queue: LocalQueue,
        handler: Callable[[str], None],
        standing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        super().__init__(name="queue", daemon=True)
        self._queue, self._handler, self._standing = queue, handler, standing
        self._stopping = self._working = False
        self._paused = 0

    def run(self) -> None:
        """Work, wait, and look again."""
        while self._begin():
            try:
                with self._standing():
                    self._queue.run_due(self._handler, self._may_go_on)
            except TemporaryFailure:
                log.warning("the queue can't be read now", extra={"action": "queue"})
            except Exception:  # a thread that ended would be missed by nobody: no mail would leave any more
                log.exception("the queue's worker goes on after a failure", extra={"action": "queue"})
            finally:
                self._end()

    def stop(self) -> None:
        """Have the thread end after what it is doing, and wait for that."""
        with self._queue.changed:
            self._stopping = True
            self._queue.changed.notify_all()
        self.join(timeout=30)

    def __enter__(self) -> None:
        """Pause: when this returns nothing is being worked on, and nothing begins until the context is left."""
        with self._queue.changed:
            self._paused += 1
            self._queue.changed.wait_for(lambda: not self._working)

    def __exit__(self, *_: object) -> None:
        """Resume."""
        with self._queue.changed:
            self._paused -= 1
            self._queue.changed.notify_all()

    def _may_go_on(self) -> bool:
        return not self._stopping and not self._paused

    def _begin(self) -> bool:
        with self._queue.changed:
            if self._may_go_on():
                self._queue.changed.wait(POLL_SECONDS)
            self._queue.changed.wait_for(lambda: self._stopping or not self._paused)
            self._working = not self._stopping
            return self._working

    def _end(self) -> None:
        with self._queue.changed:
            self._working = False
            self._queue.changed.notify_all()
