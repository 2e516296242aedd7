"""When an invitation is nudged, when the coordinator is told to call, and when it expires: pure rules of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dela.meetings.civil import civil_before
from dela.settings import Settings

SHORTEST = timedelta(days=3)
"""Whoever is invited late has so long to answer, or half of what remains, if that is less."""
WITHOUT_A_NUDGE = timedelta(days=2)
"""Who has less time than this is not nudged: that would be two mails within a day."""
WITHOUT_A_CALL = timedelta(hours=6)
"""Where time is so short the coordinator has just invited them, and need not be told to call."""
TO_ACT = timedelta(days=2)
"""So much time is needed to find somebody else."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The times of one asking (UTC); None: that is left out because there is no time for it."""

    nudge_at: datetime | None
    call_at: datetime | None
    expires_at: datetime

    def leaves_time(self, starts_at: datetime) -> bool:
        """Whether somebody else can still be found after it expires."""
        return starts_at - self.expires_at >= TO_ACT


def asking_times(asked_at: datetime, starts_at: datetime, settings: Settings) -> Asking:
    """The times of an asking that began at a time, for a meeting that starts later.

    It expires after the days that are set, or those before the meeting, whichever is earlier; whoever is asked later
    than that has three days, or half of what remains. A shorter time shortens what lies in it. The coordinator is told
    to call half way between nudge and expiry.
    """
    allowed = timedelta(days=settings.speaker_expiry_days)
    latest = civil_before(starts_at, timedelta(days=settings.speaker_expiry_before_days), settings.zone)
    late = min(SHORTEST, max((starts_at - asked_at) / 2, timedelta(0)))
    span = min(allowed, max(latest - asked_at, late))
    part = span * (settings.speaker_nudge_days / settings.speaker_expiry_days)
    nudge_at = _whole(asked_at + part) if span >= WITHOUT_A_NUDGE else None
    call_at = _whole(asked_at + (part + span) / 2) if span >= WITHOUT_A_CALL else None
    return Asking(nudge_at, call_at, asked_at + span)


def warning_times(starts_at: datetime, settings: Settings) -> list[tuple[int, datetime]]:
    """When it is warned that speakers are missing: the days before the start, and the time (UTC), in order of time."""
    return [(days, _days_before(starts_at, days, settings.zone)) for days in settings.speaker_warning_days]


def _days_before(starts_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    return civil_before(starts_at, timedelta(days=days), zone)


def _whole(moment: datetime) -> datetime:
    """Without the parts of a second that dividing makes."""
    return moment.replace(microsecond=0)
