"""The demo's clock: the machine's, moved by a stored offset, so that it keeps ticking and survives a restart.

Several processes may share it, each with a demo on the same folder. While one of them moves it, the others' work waits:
time that jumps under a mail that is being sent would make it too late.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from dela.clock.offset import ClockOffset
from dela.store.contract import Store
from dela.store.files import translated

ID = "demo"
LOOK_SECONDS = 0.5
"""How often the stored offset is read again: another process may have moved it."""


class DemoClock:
    """See clock/contract.py. Before `attach` it tells the machine's time."""

    meant = True

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._store: Store | None = None
        self._lock = Path(os.devnull)
        self._looked = 0.0

    def attach(self, store: Store, lock: Path | None = None) -> None:
        """Keep the offset in this store, and take up the one that lies there.

        `lock` is the file by which processes that move the clock wait for each other.
        """
        self._store, self._lock = store, lock or self._lock
        self._look()

    def now(self) -> datetime:
        """See clock/contract.py."""
        if monotonic() - self._looked > LOOK_SECONDS:
            self._look()
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """Move the clock forward so that it is `moment` now, and store that; it never goes back."""
        self._advance(moment - datetime.now(UTC))
        offset = ClockOffset(id=ID, seconds=self._offset.total_seconds())
        if self._store is not None:
            self._store.transact(lambda transaction: transaction.put(offset))

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Nobody else, in whatever process, moves the clock or works by it inside this context."""
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Nobody moves the clock inside this context."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with ExitStack() as stack:
            with translated("the demo's clock can't be locked"):
                fcntl.flock(stack.enter_context(self._lock.open("w")), how)
            self._look()
            yield

    def _look(self) -> None:
        self._looked = monotonic()
        stored = self._store.get(ClockOffset, ID) if self._store is not None else None
        if stored is not None:
            self._advance(timedelta(seconds=stored.seconds))

    def _advance(self, offset: timedelta) -> None:
        self._offset = max(self._offset, offset)
