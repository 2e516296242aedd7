"""The clock of the machine."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the machine's time."""

    def now(self) -> datetime:
        """See clock/contract.py."""
        return datetime.now(UTC)
