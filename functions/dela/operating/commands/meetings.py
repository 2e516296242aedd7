"""What an operator does to meetings: plan, link, move, cancel."""

import argparse
from collections.abc import Callable
from datetime import datetime

from dela.attending.seats import registered
from dela.errors import Conflict, Invalid, NotFound
from dela.meetings.meeting import Meeting, Phase
from dela.meetings.reading import meeting_of
from dela.meetings.run_meetings import cancel_meeting, move_meeting, plan_meeting, set_room
from dela.operating.commands.opening import forum
from dela.operating.commands.words import Wrong, at_a_terminal, counted, moment, when
from dela.ports import Ports
from dela.store.contract import Query

SENTENCES = {
    "past": "that time has passed",
    "exists": "there is a meeting at that time already",
    "cancelled": "this meeting is cancelled; plan a new one instead",
    "ended": "this meeting has ended",
    "address": "not an address of a meeting such as https://meet.example.org/x",
    "phone": "not a telephone number such as +46 10 555 01 00",
}


def plan(options: argparse.Namespace) -> None:
    """`dela plan DATE... [--seats N]`: all of them, or none if one can't be."""
    with forum() as ports:
        now = ports.clock.now()
        for start in _times(ports, options.date, now):
            meeting = plan_meeting(ports, start, now, options.seats)
            print(f"{_named(ports, meeting)}: planned{_seats(meeting)}")
        print("Set the room with: dela link MEETING URL")


def link(options: argparse.Namespace) -> None:
    """`dela link MEETING URL [--phone TEL]`: at any time; only another number than was mailed is told by a mail."""
    with forum() as ports:
        before = _known(ports, options.meeting)
        try:
            meeting = set_room(ports, options.meeting, options.url, options.phone)
        except Invalid as invalid:
            raise Wrong(
                *(f"{getattr(options, name)}: {SENTENCES[code]}" for name, code in invalid.fields.items())
            ) from None
        print(f"{_named(ports, meeting)}: the room is set")
        if meeting.sequence != before.sequence:
            print(f"The number is another one than was mailed. {_mailed(ports, meeting)}")
        if meeting.cancelled or meeting.phase(ports.clock.now()) is Phase.ENDED:
            print("Nobody will use it: this meeting is over or cancelled.")
        elif not meeting.phone:
            print('Whoever drives may dial in if you tell a number, too: --phone "+46 ..."')


def move(options: argparse.Namespace) -> None:
    """`dela move MEETING DATE`: everyone gets one mail with the corrected calendar."""
    with forum() as ports:
        before, now = _known(ports, options.meeting), ports.clock.now()
        start = moment(options.date, ports.settings.zone)
        if any(each.starts_at == start and each.id != before.id for each in _open_ones(ports)):
            raise Wrong(f"{options.date}: {SENTENCES['exists']}")
        meeting = _tried(options.meeting, lambda: move_meeting(ports, options.meeting, start, now))
        if meeting.sequence == before.sequence:
            print(f"{_named(ports, meeting)}: it is there already, nothing was changed")
            return
        print(f"{_named(ports, meeting)}: moved from {when(before.starts_at, ports.settings.zone)}")
        print(_mailed(ports, meeting))


def cancel(options: argparse.Namespace) -> None:
    """`dela cancel MEETING`: asks first, because it mails everyone and can't be undone."""
    with forum() as ports:
        before, now = _known(ports, options.meeting), ports.clock.now()
        if before.cancelled:
            print(f"{_named(ports, before)}: it was cancelled before, nothing was changed")
            return
        if not options.yes:
            _ask(ports, before)
        meeting = _tried(options.meeting, lambda: cancel_meeting(ports, options.meeting, now))
        print(f"{_named(ports, meeting)}: cancelled")
        print(_mailed(ports, meeting))


def _times(ports: Ports, texts: list[str], now: datetime) -> list[datetime]:
    """The times that were typed. Raises Wrong with everything that is wrong with any of them."""
    known = {each.starts_at for each in _open_ones(ports)}
    times: list[datetime] = []
    problems: list[str] = []
    for text in texts:
        try:
            start = moment(text, ports.settings.zone)
        except Wrong as wrong:
            problems += wrong.problems
            continue
        if start <= now:
            problems.append(f"{text}: {SENTENCES['past']}")
        elif start in known or start in times:
            problems.append(f"{text}: {SENTENCES['exists']}")
        times.append(start)
    if problems:
        raise Wrong(*problems)
    return times


def _open_ones(ports: Ports) -> list[Meeting]:
    return [each for each in ports.store.query(Meeting, Query(limit=1000)) if not each.cancelled]


def _ask(ports: Ports, meeting: Meeting) -> None:
    """Have a person say yes. Raises Wrong if there is nobody to ask, or if they say anything else."""
    people = counted(_people(ports, meeting), "person", "people")
    question = f"Cancel {_named(ports, meeting)}? {people} will be told by mail, and it can't be undone."
    if not at_a_terminal():
        raise Wrong(f"{question}\nTo do it without being asked, add --yes.")
    if input(f"{question} Type yes: ").strip().casefold() not in ("yes", "y"):
        raise Wrong("nothing was changed")


def _tried(id: str, change: Callable[[], Meeting]) -> Meeting:
    try:
        return change()
    except Conflict as conflict:
        raise Wrong(f"{id}: {SENTENCES[conflict.code]}") from None


def _known(ports: Ports, id: str) -> Meeting:
    try:
        return meeting_of(ports.store, id)
    except NotFound:
        raise _unknown(ports, id) from None


def _unknown(ports: Ports, id: str) -> Wrong:
    query = Query(range_field="starts_at", limit=1000)
    names = [_named(ports, each) for each in ports.store.query(Meeting, query)]
    if not names:
        return Wrong(f"{id}: there is no meeting yet. Make one with: dela plan 2027-03-04T12:10")
    return Wrong(*names, heading=f"{id}: there is no such meeting. There are")


def _named(ports: Ports, meeting: Meeting) -> str:
    return f"{meeting.id} ({when(meeting.starts_at, ports.settings.zone)})"


def _seats(meeting: Meeting) -> str:
    return f", {counted(meeting.capacity, 'seat')}" if meeting.capacity is not None else ""


def _people(ports: Ports, meeting: Meeting) -> int:
    return registered(ports.store, meeting.id)


def _mailed(ports: Ports, meeting: Meeting) -> str:
    people = _people(ports, meeting)
    if not people:
        return "Nobody has to be told: nobody is registered."
    return f"{counted(people, 'person', 'people')} will be told by mail; `dela status` shows how far that is."
