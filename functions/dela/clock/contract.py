"""The time, as a port: so that tests set it and the demo moves it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Use cases never ask it: they get `now` from whoever calls them."""

    @property
    def meant(self) -> bool:
        """Whether somebody moves it on purpose, as in the demo: then no jump of it is a fault."""
        ...

    def now(self) -> datetime:
        """The present moment, aware, in UTC. Never goes backwards except when an operator sets the machine's clock."""
        ...
