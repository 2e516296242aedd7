"""The clock of the machine."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the machine's time, which may be wrong: clock/seen.py says when it is believed."""

    meant = False

    def now(self) -> datetime:
        """See clock/contract.py."""
        return datetime.now(UTC)
