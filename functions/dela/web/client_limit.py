"""Limits against machines that no human meets: how many sign-ups one network client may send."""

from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=10)
SIGN_UPS_PER_WINDOW = 300
"""A hundred people in one room share an address (docs/rules.md, "People get through, machines do not")."""
SIGN_UPS_OF_A_NETWORK = 1500
"""A wider network holds many rooms, but whoever has a whole one has no more for that."""
CLIENTS_REMEMBERED = 50_000


class ClientLimit:
    """Counts by client in windows of ten minutes, in the memory of the process.

    Nothing about clients is stored (docs/decisions/0003). Safe to call from several threads.
    """

    def __init__(self, limit: int = SIGN_UPS_PER_WINDOW) -> None:
        self._limit = limit
        self._lock = Lock()
        self._window: datetime | None = None
        self._counts: dict[str, int] = {}

    def seconds_to_wait(self, client: str, now: datetime) -> int:
        """Count one call of `client` at `now`; 0 if it may pass, else the seconds until it may try again."""
        with self._lock:
            if self._window is None or not timedelta(0) <= now - self._window < WINDOW:
                self._window, self._counts = now, {}
            count = self._counts.get(client, 0) + 1
            if client in self._counts or len(self._counts) < CLIENTS_REMEMBERED:
                self._counts[client] = count
            if count <= self._limit:
                return 0
            return max(1, int((self._window + WINDOW - now).total_seconds()))
