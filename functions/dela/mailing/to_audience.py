"""Planning a mail to an audience: pages of the audience, made once."""

from datetime import datetime, timedelta
from math import ceil

from dela.mailing.kinds import Due, MailKind
from dela.mailing.ledger import AudiencePage, AudiencePlan, audience_key
from dela.store.contract import Query, Reader
from dela.store.documents import Document
from dela.store.identity import PERSON_ALPHABET
from dela.store.readable import is_there

PAGE_SIZE = 500
"""About how many people a page holds: small enough to be done within a function's time, large enough to be cheap."""


def planned_audience(store: Reader, kind: MailKind, due: Due, now: datetime) -> list[Document]:
    """The documents that plan a mail to an audience, to be created in one transaction; none if that was done before.

    People are spread evenly over their ids, so that ranges of ids make pages of about one size without reading
    anybody: planning costs one count, however large the audience is. Raises ValueError for a mail without audience.
    """
    if kind.audience is None:
        raise ValueError(f"{kind.name} is a mail to one person")
    key = audience_key(kind.name, due.occurrence, due.matter)
    if is_there(store, AudiencePlan, key):
        return []
    people = store.count(kind.audience.kind, Query(equal=kind.audience.equal(due.matter)))
    bounds = _bounds(max(1, ceil(people / PAGE_SIZE)))  # where nobody is yet, somebody may be when it is sent
    pages = [
        AudiencePage(
            id=f"{key}.{number}",
            reason=kind.name,
            occurrence=due.occurrence,
            meeting=due.matter,
            first=first,
            below=below,
            planned_for=due.starts_at,
            lead=int((due.at - due.starts_at) / timedelta(seconds=1)),
            due_at=due.starts_at,
            useful_until=due.useful_until,
        )
        for number, (first, below) in enumerate(bounds)
    ]
    return [AudiencePlan(id=key, meeting=due.matter, planned_at=now, pages=len(pages), people=people), *pages]


def _bounds(pages: int) -> list[tuple[str, str | None]]:
    """So many ranges (at least one) of person ids, of equal width, from the first to the open end."""
    starts = [_prefix(number / pages) if number else "" for number in range(pages)]
    return list(zip(starts, [*starts[1:], None], strict=True))


def _prefix(fraction: float, length: int = 4) -> str:
    """The id prefix below which that fraction of all ids lies."""
    base = len(PERSON_ALPHABET)
    value = int(fraction * base**length)
    digits = [PERSON_ALPHABET[value // base**place % base] for place in reversed(range(length))]
    return "".join(digits)
