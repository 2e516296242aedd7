"""Dates and times as people read them: on the forum's wall clock, in their language."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dela.web.language import LANGUAGES, translations


@lru_cache(maxsize=512)
def day(moment: datetime, language: str, time_zone: str) -> str:
    """The weekday and date, such as "Thursday 3 December 2026" or "torsdag 3 december 2026"."""
    return _formatted(moment, "EEEE d MMMM y", language, time_zone)


@lru_cache(maxsize=512)
def day_of_year(moment: datetime, language: str, time_zone: str) -> str:
    """The weekday and date without the year, such as "Thursday 3 December", for what is near."""
    return _formatted(moment, "EEEE d MMMM", language, time_zone)


@lru_cache(maxsize=512)
def short(moment: datetime, language: str, time_zone: str) -> str:
    """Day and time where there is little room, such as "Thu 3 Dec 12:10"."""
    day = _formatted(moment, "EEE d MMM", language, time_zone).replace(".", "")
    return f"{day} {clock(moment, language, time_zone)}"


@lru_cache(maxsize=512)
def clock(moment: datetime, language: str, time_zone: str) -> str:
    """The time of day, such as 12:10 or 12.10."""
    return _formatted(moment, LANGUAGES[language].clock, language, time_zone)


@lru_cache(maxsize=64)
def zone_words(language: str, home: str, time_zone: str) -> str:
    """Whose clocks a time goes by, such as "Swedish time"; "" for who reads the language of the place, `home`."""
    if language == home:
        return ""
    if time_zone == "Europe/Stockholm":
        return translations(language).gettext("Swedish time")
    from babel.dates import get_timezone_location

    return str(get_timezone_location(ZoneInfo(time_zone), locale=language))


def hours(start: datetime, minutes: int, language: str, time_zone: str) -> str:
    """From when to when, such as 12:10–13:00."""
    end = start + timedelta(minutes=minutes)
    return f"{clock(start, language, time_zone)}–{clock(end, language, time_zone)}"


def iso_local(moment: datetime, time_zone: str) -> str:
    """The time with its offset, for machines that read pages."""
    return moment.astimezone(ZoneInfo(time_zone)).isoformat(timespec="minutes")


def days_between(now: datetime, moment: datetime, time_zone: str) -> int:
    """How many midnights of the zone lie between; 0 means today."""
    zone = ZoneInfo(time_zone)
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


def how_far(now: datetime, start: datetime, language: str, time_zone: str) -> str:
    """How far away a start is, as one says it: in 7 days, tomorrow, today, in an hour, in 30 minutes."""
    catalogue = translations(language)
    days = days_between(now, start, time_zone)
    if days > 1:
        return catalogue.ngettext("in {n} day", "in {n} days", days).format(n=days)
    if days == 1:
        return catalogue.gettext("tomorrow")
    minutes = (start.astimezone(UTC) - now.astimezone(UTC)) / timedelta(minutes=1)
    if minutes <= 0:
        return catalogue.gettext("now")
    if minutes <= 15:
        return catalogue.gettext("in a moment")
    if minutes < 50:
        return catalogue.gettext("in {n} minutes").format(n=int(minutes) // 5 * 5)
    return catalogue.gettext("in an hour") if minutes <= 75 else catalogue.gettext("today")


def _formatted(moment: datetime, pattern: str, language: str, time_zone: str) -> str:
    from babel.dates import format_datetime

    return str(format_datetime(moment.astimezone(ZoneInfo(time_zone)), pattern, locale=language))
