"""What commands print and read: sentences, times on the forum's wall clock, tables."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dela.errors import DelaError
from dela.meetings.civil import instants


class Wrong(DelaError):
    """What an operator asked for can't be done: everything that is in the way, in sentences, under a heading."""

    def __init__(self, *problems: str, heading: str = "") -> None:
        lines = [f"{heading}:"] if heading else ["all of this is wrong:"] if len(problems) > 1 else []
        super().__init__("\n  ".join([*lines, *problems]))
        self.problems = problems


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The time (UTC) that someone means who types `text`: on the zone's wall clock, unless it has an offset.

    Raises Wrong if it can't be read, or if the clocks never or twice show it.
    """
    try:
        typed = datetime.fromisoformat(text)
        if "T" not in text.upper() and " " not in text:
            raise ValueError("a day without a time")
    except ValueError:
        raise Wrong(f"{text}: not a date and time such as 2027-03-04T12:10") from None
    if typed.tzinfo is not None:
        return typed.astimezone(UTC)
    found = instants(typed, zone)
    if not found:
        raise Wrong(f"{text}: the clocks in {zone.key} are put forward over that time, so it does not exist that day")
    if len(found) > 1:
        choices = " or ".join(each.astimezone(zone).isoformat(timespec="minutes") for each in found)
        raise Wrong(f"{text}: the clocks in {zone.key} show that time twice that day: please type {choices}")
    return found[0]


def when(time: datetime, zone: ZoneInfo) -> str:
    """A time on the zone's wall clock, such as Thu 4 Mar 2027 12:10."""
    local = time.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def ago(time: datetime, now: datetime) -> str:
    """How long ago something was, in one unit."""
    minutes = int((now - time).total_seconds() // 60)
    if minutes < 1:
        return "a moment ago"
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{counted(minutes // size, unit)} ago"
    raise AssertionError("a minute is at least a minute")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, in the right form."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns that are as wide as they must be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def at_a_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()
