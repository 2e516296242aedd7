"""One line in the log for each run of a function: which, how it ended, what it counted, how long it took."""

import logging
from collections.abc import Mapping
from time import perf_counter

log = logging.getLogger(__name__)
log_of_reading = logging.getLogger("dela.reading")
"""Pages that were shown: switched off at home (web/logs.py)."""


def ran(
    action: str, status: int, started: float, counts: Mapping[str, int] | None = None, *, reading: bool = False
) -> None:
    """Log a run of the function `action` that began at `started` (of perf_counter) and ended with an HTTP status.

    Nothing of the request is told: its path holds tokens.
    """
    to = log_of_reading if reading and status < 400 else log
    if not to.isEnabledFor(logging.INFO):
        return
    milliseconds = round((perf_counter() - started) * 1000, 1)
    fields = {"action": action, "status": status, "counts": dict(counts or {}), "milliseconds": milliseconds}
    to.info("%s %d", action, status, extra=fields)
