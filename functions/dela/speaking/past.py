"""What was shared at meetings that are over: the best advertisement, as far as its speakers agree."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dela.meetings.meeting import Meeting, MeetingState, Phase
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking.agenda import AgendaItem, agenda_of
from dela.store.contract import Query, Reader
from dela.store.documents import instant_text

BACK = timedelta(days=2 * 366)
MOST = 12
KEPT_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Shared:
    """A meeting that is over, and what of it may be told."""

    meeting: Meeting
    items: tuple[AgendaItem, ...]


def shared_before(store: Reader, now: datetime) -> tuple[Shared, ...]:
    """The meetings of the last two years that were held and have something to tell, the latest first.

    Nothing is told of a meeting that has not ended, was cancelled, or whose speakers did not agree.
    """
    query = Query(
        equal={"state": MeetingState.CLOSED},
        range_field="starts_at",
        at_least=instant_text(now - BACK),
        below=instant_text(now),
        limit=MOST,
    )
    held = [each for each in store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    told = (Shared(each, tuple(item for item in agenda_of(store, each.id) if item.consent)) for each in held[::-1])
    return tuple(each for each in told if each.items)


class _Kept:
    """What was shared, as it was when somebody last looked: it changes four times a year."""

    def __init__(self, settings: Settings) -> None:
        self.seen: tuple[datetime, tuple[Shared, ...]] | None = None


def kept_shared_before(ports: Ports, now: datetime) -> tuple[Shared, ...]:
    """The same, as it was at most some minutes ago: later than allowed perhaps, never earlier."""
    kept = ports.once(_Kept)
    seen = kept.seen
    if seen is None or not timedelta(0) <= now - seen[0] < KEPT_FOR:
        kept.seen = seen = now, shared_before(ports.store, now)
    return seen[1]
