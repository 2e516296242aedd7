"""`dela status`: where the forum stands, on one screen."""

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from dela.duties.status import Mails, MeetingStatus, Status, Unproven, status_of, unreadable
from dela.mailing.unproven import ceilings_of
from dela.meetings.meeting import MeetingState, Phase
from dela.operating.advice import about_forum, about_unreadable
from dela.operating.commands.opening import forum
from dela.operating.commands.words import ago, table, when
from dela.operating.finding import Level
from dela.settings import Settings

HEADS = ("MEETING", "WHEN", "STATE", "CONFIRMED", "PENDING", "LEFT", "SEATS", "PRESENT", "ROOM", "NEXT REMINDER")


def status(_: argparse.Namespace) -> None:
    """Meetings, mails, schedule, and what to look at. It changes nothing and shows no address."""
    with forum(writing=False) as ports:
        settings, now = ports.settings, ports.clock.now()
        found = status_of(ports, now)
        print(f"{settings.name}, {settings.region}: {settings.base_url}")
        print(f"It is {when(now, settings.zone)} ({settings.time_zone}).\n")
        print(_meetings(found, settings.zone))
        print(f"\n{_mails(found.mails)}\n{_unproven(found.mails.unproven, settings)}")
        print(f"\nSCHEDULE  {', '.join(_run(name, last, now) for name, last in found.last_runs.items())}")
        findings = [*about_unreadable(unreadable(ports)), *about_forum(ports, found)]
        advice = [each for each in findings if each.level is not Level.GOOD]
    if advice:
        print("\nPlease look at this:")
    for each in advice:
        print(f"  {'!!' if each.level is Level.BAD else '! '} {each.part}: {each.text}")
        print(f"     {each.ask}")


def _meetings(found: Status, zone: ZoneInfo) -> str:
    if not found.meetings:
        return "There is no meeting yet. Make one with: dela plan 2027-03-04T12:10"
    return table([HEADS, *(_row(each, zone) for each in found.meetings)])


def _row(each: MeetingStatus, zone: ZoneInfo) -> tuple[str, ...]:
    meeting = each.meeting
    seats = meeting.capacity
    return (
        meeting.id,
        when(meeting.starts_at, zone),
        _state(each),
        str(each.confirmed),
        str(each.pending),
        str(each.left),
        "no limit" if seats is None else f"{max(0, seats - each.confirmed)} of {seats}",
        str(each.present),
        "set" if meeting.room_url else "missing",
        when(each.next_reminder, zone) if each.next_reminder else "-",
    )


def _state(each: MeetingStatus) -> str:
    closed_too_early = each.meeting.state is MeetingState.CLOSED and each.phase is not Phase.ENDED
    if each.meeting.state is not MeetingState.OPEN and not closed_too_early:
        return each.meeting.state.value
    words = {Phase.ROOM_OPEN: "room open", Phase.RUNNING: "running", Phase.ENDED: "ended"}
    return words.get(each.phase, "moved" if each.meeting.moved_at else "open")


def _mails(mails: Mails) -> str:
    lines = [f"MAILS     {mails.waiting} waiting, {mails.sent} sent, {mails.dropped} dropped, {mails.failed} failed"]
    if mails.pages:
        lines.append(f"  {mails.pages} mails to everyone (or parts of one) wait for their time or are leaving")
    for (meeting, reason, state, outcome), count in sorted(mails.troubles.items()):
        lines.append(f"  {meeting} {reason}: {count} {state} ({outcome or 'no reason recorded'})")
    return "\n".join(lines)


def _unproven(mails: Unproven, settings: Settings) -> str:
    hour, day = ceilings_of(settings)
    left = f"{mails.of_hour} of {hour.limit} left within an hour, {mails.of_day} of {day.limit} within a day"
    return f"  to addresses that nobody has proven: {left}, {mails.waiting} waiting"


def _run(name: str, last: datetime | None, now: datetime) -> str:
    return f"{name} ran {ago(last, now)}" if last else f"{name} has never run"
