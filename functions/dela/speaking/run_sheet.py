"""The run sheet: a meeting's minutes, shared out so that they always add up. One pure function for page and print.

Welcome, the speakers with equal time and questions each, connecting, close. Late by some minutes: what is still to come
gives them, questions first, and the end stays where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)


class Part(StrEnum):
    """What a section is, in the order in which it gives minutes when it is late: the last gives last."""

    QUESTIONS = "questions"
    CONNECTING = "connecting"
    TALK = "talk"
    WELCOME = "welcome"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Section:
    """Some minutes of a meeting. `speaker` counts from 0; None: it is nobody's. `cut` is what being late took."""

    part: Part
    speaker: int | None
    starts_at: datetime
    minutes: int
    cut: int = 0

    @property
    def ends_at(self) -> datetime:
        """When the next one begins."""
        return self.starts_at + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class Running:
    """A sheet at a moment: the sections as they are now, which one is on, and how late it is.

    `left` is how long that section still has by the sheet; below 0: it should be over. `late` is in whole minutes.
    """

    sections: tuple[Section, ...]
    current: int
    left: timedelta
    late: int

    @property
    def now(self) -> Section:
        """The section that is on."""
        return self.sections[self.current]

    @property
    def next(self) -> Section | None:
        """The section after it that has any time left."""
        return next((each for each in self.sections[self.current + 1 :] if each.minutes), None)

    @property
    def cuts(self) -> tuple[Section, ...]:
        """What has to be shorter than planned."""
        return tuple(each for each in self.sections[self.current :] if each.cut)


def run_sheet(starts_at: datetime, minutes: int, speakers: int) -> tuple[Section, ...]:
    """The sections of a meeting of so many whole minutes with so many speakers; together they are its length."""
    welcome, close = max(1, round(minutes * 0.06)), max(1, round(minutes * 0.04))
    block = _block(minutes, speakers)
    if welcome + close + block * speakers > minutes:
        welcome = close = 0
    talk = min(max(1, round(minutes * 0.16)), max(block - block // 5, min(block, 1)))
    plan: list[tuple[Part, int | None, int]] = [(Part.WELCOME, None, welcome)]
    for speaker in range(speakers):
        plan += [(Part.TALK, speaker, talk), (Part.QUESTIONS, speaker, block - talk)]
    plan.append((Part.CONNECTING, None, max(0, minutes - welcome - close - block * speakers)))
    plan.append((Part.CLOSE, None, close))
    return _timed([Section(part, speaker, starts_at, length) for part, speaker, length in plan], starts_at)


def slot_of(sheet: Sequence[Section], speaker: int) -> tuple[datetime, int, int]:
    """When a speaker begins, and their minutes for talking and for questions."""
    talk, questions = (each for each in sheet if each.speaker == speaker)
    return talk.starts_at, talk.minutes, questions.minutes


def running(sheet: Sequence[Section], begun: tuple[int, datetime] | None, now: datetime) -> Running:
    """The sheet as it stands at a moment. `begun` is the section that was begun last by hand, and when.

    By itself the sheet follows the clock, until a section is begun by hand: then that one is on until the next is.
    Whatever begins late, or is not over when it should be, takes its minutes from what is still to come.
    """
    start, last, length = sheet[0].starts_at, len(sheet) - 1, sum(each.minutes for each in sheet)
    if begun is None:
        on = next((place for place, each in enumerate(sheet) if now < each.ends_at), last)
        return Running(tuple(sheet), on, sheet[on].ends_at - now, 0)
    current = min(begun[0], last)
    elapsed = max(0, min(_whole_minutes(begun[1] - start), length))
    rest = _fitted(sheet[current:], length - elapsed)
    ends_at = start + (elapsed + rest[0].minutes) * MINUTE
    over = max(0, min(_whole_minutes(now - ends_at), sum(each.minutes for each in rest[1:])))
    if over:
        after = _fitted(rest[1:], sum(each.minutes for each in rest[1:]) - over)
        rest = [replace(rest[0], minutes=rest[0].minutes + over), *after]
    if current == 0:
        rest[0] = replace(rest[0], minutes=rest[0].minutes + elapsed)  # until it began everybody waited for it
    behind = elapsed - sum(each.minutes for each in sheet[:current])
    late = _whole_minutes(now - sheet[current].ends_at) if over else behind
    sections = _timed([*_spent(sheet[:current], elapsed), *rest], start)
    return Running(sections, current, ends_at - now, max(0, late))


def _block(minutes: int, speakers: int) -> int:
    """The minutes of one speaker, questions included: a share of four fifths, and no more than three would have."""
    if not speakers:
        return 0
    share = min(minutes * 4 // 5 // speakers, minutes * 6 // 25)
    return max(share, 1) if minutes >= speakers else 0


def _fitted(sections: Sequence[Section], minutes: int) -> list[Section]:
    """These sections in so many minutes. Time that was saved is given to connecting."""
    fitted, missing = list(sections), sum(each.minutes for each in sections) - minutes
    if missing < 0:
        gains = next((place for place, each in enumerate(fitted) if each.part is Part.CONNECTING), len(fitted) - 1)
        fitted[gains] = replace(fitted[gains], minutes=fitted[gains].minutes - missing)
    for _ in range(max(0, missing)):
        gives = _who_gives(fitted)
        fitted[gives] = replace(fitted[gives], minutes=fitted[gives].minutes - 1, cut=fitted[gives].cut + 1)
    return fitted


def _spent(sections: Sequence[Section], minutes: int) -> list[Section]:
    """What is over, in the minutes that it really took: what came last was longer or shorter than planned."""
    spent, left = [], minutes
    for place, each in enumerate(sections):
        took = left if place == len(sections) - 1 else min(each.minutes, left)
        spent.append(replace(each, minutes=took))
        left -= took
    return spent


def _who_gives(sections: Sequence[Section]) -> int:
    """The section that gives the next minute: of the first part that has any, the longest, the later of two."""
    order = list(Part)
    giving = [place for place, each in enumerate(sections) if each.minutes]
    return min(giving, key=lambda place: (order.index(sections[place].part), -sections[place].minutes, -place))


def _timed(sections: Sequence[Section], starts_at: datetime) -> tuple[Section, ...]:
    timed: list[Section] = []
    for each in sections:
        timed.append(replace(each, starts_at=timed[-1].ends_at if timed else starts_at))
    return tuple(timed)


def _whole_minutes(late: timedelta) -> int:
    """So many minutes, begun ones as whole where it is late; what was saved counts when it is whole."""
    return -(-late // MINUTE)
