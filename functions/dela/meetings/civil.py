"""Wall-clock time: what an operator types is what the clocks of the forum's zone show."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instants(local: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The times (UTC) at which clocks of the zone show `local` (naive), in order.

    One, as a rule; none where a clock change leaves that hour out, two where it repeats it.
    """
    found = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(each for each in found if each.astimezone(zone).replace(tzinfo=None) == local.replace(fold=0)))


def civil_before(start: datetime, offset: timedelta, zone: ZoneInfo) -> datetime:
    """The time (UTC) so long before a start: whole days on the wall clock of the zone, the rest in elapsed time."""
    days = timedelta(days=offset.days)
    local = start.astimezone(zone)
    shifted = (local.replace(tzinfo=None) - days).replace(tzinfo=zone, fold=local.fold)
    return shifted.astimezone(start.tzinfo) - (offset - days)
