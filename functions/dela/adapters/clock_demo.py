"""The demo's clock: the machine's, moved by a stored offset, so that it keeps ticking and survives a restart."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from dela.domain.demo import ClockOffset
from dela.ports.store import Store

ID = "demo"
LOOK_SECONDS = 0.5
"""How often the stored offset is read again: another process of the demo may have moved it."""


class DemoClock:
    """See ports/clock.py. Before `attach` it tells the machine's time."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._store: Store | None = None
        self._looked = 0.0

    def attach(self, store: Store) -> None:
        """Keep the offset in this store, and take up the one that lies there."""
        self._store = store
        self._look()

    def now(self) -> datetime:
        """See ports/clock.py."""
        if monotonic() - self._looked > LOOK_SECONDS:
            self._look()
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """Move the clock forward so that it is `moment` now, and store that; it never goes back."""
        self._advance(moment - datetime.now(UTC))
        offset = ClockOffset(id=ID, seconds=self._offset.total_seconds())
        if self._store is not None:
            self._store.transact(lambda transaction: transaction.put(offset))

    def _look(self) -> None:
        self._looked = monotonic()
        stored = self._store.get(ClockOffset, ID) if self._store is not None else None
        if stored is not None:
            self._advance(timedelta(seconds=stored.seconds))

    def _advance(self, offset: timedelta) -> None:
        self._offset = max(self._offset, offset)
