"""The ports, and the bundle of them that endpoints and use cases get."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from dela.clock.contract import Clock
from dela.mail.contract import MailService
from dela.mailing.renderer import Renderer
from dela.queue.contract import Queue
from dela.settings import Settings
from dela.store.contract import ReadOnlyStore, Store
from dela.web.client_limit import ClientLimit


@dataclass(frozen=True)
class Ports:
    """Everything outside that a use case may touch, made once per process by wiring.py.

    `unrecorded` remembers the ledger ids of mails that the server has taken while the store could not be written to
    (a full disk, a lock): this process records them later instead of sending them again.
    """

    settings: Settings
    store: Store
    queue: Queue
    mail: MailService
    clock: Clock
    renderer: Renderer
    client_limit: ClientLimit
    unrecorded: set[str] = field(default_factory=set)

    @cached_property
    def read_only(self) -> "Ports":
        """The same ports for a GET: the store's writes raise."""
        return replace(self, store=ReadOnlyStore(self.store))
