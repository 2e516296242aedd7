"""Planning a mail to an audience: pages of a meeting's confirmed registrations, made once."""

from datetime import datetime, timedelta
from math import ceil

from dela.attending.registration import Registration
from dela.mailing.ledger import AudiencePage, AudiencePlan, Reason, audience_key
from dela.meetings.reading import confirmed_of
from dela.store.contract import Transaction
from dela.store.identity import PERSON_ALPHABET

PAGE_SIZE = 500
"""About how many people a page holds: small enough to be done within a function's time, large enough to be cheap."""


def plan_audience(
    store: Transaction,
    reason: Reason,
    occurrence: str,
    meeting: str,
    planned_for: datetime,
    useful_until: datetime,
    now: datetime,
    lead: timedelta = timedelta(0),
) -> list[AudiencePage]:
    """Create the pages of an audience, unless they were created before; answers those created.

    People are spread evenly over their ids, so that ranges of ids make pages of about one size without reading
    anybody: planning costs one count, however large the audience is.
    """
    key = audience_key(reason, occurrence, meeting)
    if store.get(AudiencePlan, key) is not None:
        return []
    people = store.count(Registration, confirmed_of(meeting))
    bounds = _bounds(max(1, ceil(people / PAGE_SIZE)))  # where nobody is yet, somebody may be when it is sent
    pages = [
        AudiencePage(
            id=f"{key}.{number}",
            reason=reason,
            occurrence=occurrence,
            meeting=meeting,
            first=first,
            below=below,
            planned_for=planned_for,
            lead=int(lead.total_seconds()),
            due_at=planned_for,
            useful_until=useful_until,
        )
        for number, (first, below) in enumerate(bounds)
    ]
    store.create(AudiencePlan(id=key, meeting=meeting, planned_at=now, pages=len(pages), people=people))
    for page in pages:
        store.create(page)
    return pages


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
