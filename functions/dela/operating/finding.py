"""What was found out about one part of a forum, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a part is: fine, worth a look, or broken."""

    GOOD = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was found out about one part; `ask` is what to do, or to ask of whom."""

    part: str
    level: Level
    text: str
    ask: str = ""
