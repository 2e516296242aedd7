"""Durations as people type them: "2 days", "+1 vecka", "50 min", and ISO 8601 as programs do."""

import re
from datetime import timedelta

from dela import settings as settings_module

UNITS = {
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 7 * 86400,
}
WORDS = {
    **dict.fromkeys(("m", "min", "minut", "minuter", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "tim", "timme", "timmar", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "dag", "dagar", "dygn", "day", "days"), "days"),
    **dict.fromkeys(("v", "w", "vecka", "veckor", "week", "weeks"), "weeks"),
}
PLAIN = re.compile(r"\+?\s*(\d{1,6})\s*([a-zåäö]+)\.?")


def duration_in_words(text: str) -> timedelta:
    """How long it is. Raises ValueError for what is no duration."""
    plain = PLAIN.fullmatch(text.strip().casefold())
    if plain is None:
        return settings_module.duration(text)
    if plain[2] not in WORDS:
        raise ValueError("not a unit of time")
    return timedelta(seconds=int(plain[1]) * UNITS[WORDS[plain[2]]])
