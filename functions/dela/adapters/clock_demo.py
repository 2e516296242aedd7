"""The demo's clock: the machine's, moved by a stored offset, so that it keeps ticking and survives a restart."""

from datetime import UTC, datetime, timedelta

from dela.domain.demo import ClockOffset
from dela.ports.store import Store

ID = "demo"


class DemoClock:
    """See ports/clock.py. Before `attach` it tells the machine's time."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._store: Store | None = None

    def attach(self, store: Store) -> None:
        """Keep the offset in this store, and take up the one that lies there."""
        self._store = store
        stored = store.get(ClockOffset, ID)
        if stored is not None:
            self._offset = timedelta(seconds=stored.seconds)

    def now(self) -> datetime:
        """See ports/clock.py."""
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """Move the clock forward so that it is `moment` now; it never goes back."""
        offset = moment - datetime.now(UTC)
        if offset > self._offset:
            self._offset = offset

    def save(self) -> None:
        """Store the offset."""
        offset = ClockOffset(id=ID, seconds=self._offset.total_seconds())
        if self._store is not None:
            self._store.transact(lambda transaction: transaction.put(offset))
