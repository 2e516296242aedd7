"""Reading an audience in step with sending to it: never more than is sent while it is fresh."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from dela.mailing.kinds import Addressee, Audience, Matter
from dela.mailing.ledger import AudiencePage, Message, person_in
from dela.mailing.pace import burst_size
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.identity import after

FRESH = timedelta(seconds=2)
"""What a mail says is read at most so long before it leaves (docs/rules.md, "Truth at send time")."""
LARGEST = 100


class Readers:
    """The people of a page, in order, with what the mail is about, read anew as soon as it is no longer fresh.

    The size of a read follows what was used of the one before: a slow mail server does not make reads of people that
    are thrown away, and a fast one does not wait for reads.
    """

    def __init__(self, ports: Ports, page: AudiencePage, audience: Audience, matter: Matter) -> None:
        self._store, self._page, self._audience, self._matter = ports.store, page, audience, matter
        self._largest = burst_size(ports.settings.mail_rate) if ports.settings.mail_rate else LARGEST
        self._size = min(10, self._largest)
        self._used = self._size
        self._read_at: datetime | None = None
        self.spared: Collection[str] = ()
        """Whom another mail reaches, of those who were read last."""

    def next(self, cursor: str, now: datetime) -> tuple[Any, list[Addressee]]:
        """What the mail is about (None: gone), and the next people after `cursor`; none at the end of the page."""
        self._size = min(self._size * 2, self._largest) if self._used >= self._size else max(1, self._used)
        self._used = 0
        self._read_at = now
        query = Query(
            equal=self._audience.equal(self._page.meeting),
            range_field="person",
            at_least=after(cursor) if cursor else self._page.first,
            below=self._page.below,
            limit=self._size,
        )
        people: list[Any] = list(self._store.query(self._audience.kind, query))
        self.spared = self._audience.spares(self._store, self._page.meeting, self._page.occurrence) if people else ()
        return self._matter.read(self._store, self._page.meeting), people

    def fresh(self, now: datetime) -> bool:
        """Whether what was read may still be used. The first of it always may, or a slow store would stop all mail."""
        return self._used == 0 or (self._read_at is not None and timedelta(0) <= now - self._read_at < FRESH)

    def used(self) -> None:
        """Tell that one person of what was read is done."""
        self._used += 1


def already_recorded(ports: Ports, page: AudiencePage) -> frozenset[str]:
    """The people after the page's cursor whose mail an earlier holder recorded, in whatever form."""
    if page.taken <= 1:
        return frozenset()
    people: list[str] = []
    cursor = page.cursor
    while True:
        start = after(cursor) if cursor else page.first
        query = Query(equal={"page": page.id}, range_field="person", at_least=start, limit=LARGEST)
        found = [person_in(id) for id in ports.store.ids(Message, query)]
        people += found
        if len(found) < LARGEST:
            return frozenset(people)
        cursor = found[-1]
