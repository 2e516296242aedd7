"""What an operator should look at: sentences about meetings, mails, pace and schedule, each with what to do."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil

from dela.duties.status import MeetingStatus, Status
from dela.mailing.pace import capacity_of, time_for
from dela.mailing.unproven import ceilings_of
from dela.meetings.meeting import Phase
from dela.operating.commands.words import counted, when
from dela.operating.finding import Finding, Level
from dela.ports import Ports
from dela.settings import Settings

SOON = timedelta(days=7)
"""From when on a meeting without a room is a problem, not a reminder."""


def about_forum(ports: Ports, status: Status) -> Iterator[Finding]:
    """Meetings, schedule, clock, mails and pace, as they are in the store."""
    yield from about_meetings(status)
    yield about_schedule(status)
    yield about_clock(ports.settings, status)
    yield about_mails(status)
    yield about_pace(ports.settings, status)
    yield about_unproven(ports.settings, status)


def about_meetings(status: Status) -> Iterator[Finding]:
    """Whether there is something to sign up for, and a room to go to."""
    coming = status.next_meeting
    if coming is None:
        text = "there is no meeting to sign up for; the public page says kindly that the next date is not set yet"
        yield Finding("meetings", Level.LOOK, text, "Make one: dela plan 2027-03-04T12:10")
        return
    open_ones = sum(each.meeting.takes_registrations(status.now) for each in status.meetings)
    yield Finding("meetings", Level.GOOD, f"{open_ones} to sign up for; {coming.meeting.id} is next")
    yield _room(coming, status.now)
    if coming.meeting.capacity is not None and coming.confirmed >= coming.meeting.capacity:
        yield Finding("seats", Level.LOOK, f"{coming.meeting.id} is full", "Plan another one: who comes is sent there.")
    if not coming.confirmed and coming.meeting.starts_at - status.now < SOON:
        yield Finding("people", Level.LOOK, f"nobody is registered for {coming.meeting.id} yet", "Spread the word.")


def about_schedule(status: Status) -> Finding:
    """Whether what has to run from time to time does."""
    late = status.late_runs()
    if not late:
        return Finding("schedule", Level.GOOD, "runs on time")
    if all(last is None for last in status.last_runs.values()):
        text = "has never run: no reminder leaves, and nothing is erased"
    else:
        text = f"{' and '.join(late)} did not run when due: no reminder leaves, or nothing is erased"
    return Finding("schedule", Level.BAD, text, "See that `dela serve` runs: systemctl status dela")


def about_clock(settings: Settings, status: Status) -> Finding:
    """Whether what can't be undone may be done by this machine's clock."""
    clock = status.clock
    if clock is None:
        return Finding("clock", Level.GOOD, "is moved on purpose")
    if clock.believed:
        return Finding("clock", Level.GOOD, "has gone on steadily")
    hours = counted(ceil(clock.left / timedelta(hours=1)), "hour")
    waits = f"nothing is erased, closed or given up as too late until it has gone on steadily for {hours} more"
    if clock.jumped_from is None or clock.jumped_to is None:
        return Finding("clock", Level.GOOD, f"is watched for the first time: {waits}")
    jump = f"{when(clock.jumped_from, settings.zone)} was followed by {when(clock.jumped_to, settings.zone)}"
    ask = "See whether it is right now: timedatectl. If the forum only stood still, there is nothing to do."
    return Finding("clock", Level.LOOK, f"{jump}: {waits}", ask)


def about_mails(status: Status) -> Finding:
    """Whether mails leave."""
    mails = status.mails
    if mails.overdue:
        text = f"{mails.overdue} that should have left are waiting"
        if status.clock is not None and not status.clock.believed:
            return Finding("mails", Level.LOOK, text, "Some may wait for the clock only: see there.")
        return Finding("mails", Level.BAD, text, "See `dela check`, and the log: journalctl -u dela")
    if mails.failed:
        text = f"{mails.sent} sent, {mails.failed} failed for good"
        return Finding("mails", Level.LOOK, text, "`dela status` says why.")
    return Finding("mails", Level.GOOD, f"{mails.sent} sent, {mails.waiting} waiting, none failed")


def about_pace(settings: Settings, status: Status) -> Finding:
    """How many people the mail server's pace can carry, and whether that is enough for those who are registered."""
    rate = settings.mail_rate
    carried = capacity_of(rate, settings.reminders)
    if carried is None:
        text = "DELA_MAIL_RATE is not set: mails leave as fast as the server takes them"
        return Finding("pace", Level.GOOD, text, "Ask the mail server's people for its limit of mails a minute.")
    people = status.next_meeting.confirmed if status.next_meeting else 0
    minutes = int(time_for(people, rate) / timedelta(minutes=1))
    text = f"{rate} mails a minute can carry {carried} people; the {people} now registered take {minutes} minutes"
    if people > carried:
        ask = "Ask for a higher limit, or leave out a reminder (DELA_REMINDERS): some would come after their use."
        return Finding("pace", Level.BAD, text, ask)
    return Finding("pace", Level.GOOD, text)


def about_unproven(settings: Settings, status: Status) -> Finding:
    """Whether mails to addresses that nobody has proven come near their ceiling: a busy day, or a machine."""
    mails, (hour, day) = status.mails.unproven, ceilings_of(settings)
    text = f"{mails.of_hour} of {hour.limit} an hour and {mails.of_day} of {day.limit} a day left, {mails.waiting} wait"
    if mails.of_hour < hour.of_many and mails.of_day < day.of_many:
        return Finding("unproven", Level.GOOD, text)
    ask = (
        "Mails to addresses that nobody has confirmed wait, one client after another. If people sign up, raise "
        "DELA_UNPROVEN_HOUR and DELA_UNPROVEN_DAY; if a machine does, leave it: people come first."
    )
    return Finding("unproven", Level.LOOK, text, ask)


def about_unreadable(unreadable: Mapping[str, int]) -> Iterator[Finding]:
    """What is stored and can't be read, by collection."""
    if unreadable:
        listed = ", ".join(f"{count} of {collection}" for collection, count in sorted(unreadable.items()))
        text = f"{listed} can't be read and are set aside: a newer Dela wrote them, or they are damaged"
        ask = "Install the newest version; if that does not help, see the log and go back to a backup."
        yield Finding("data", Level.BAD, text, ask)


def _room(coming: MeetingStatus, now: datetime) -> Finding:
    id = coming.meeting.id
    if coming.meeting.room_url:
        return Finding("room", Level.GOOD, f"{id} has one")
    text = f"{id} has no room yet; who comes is asked to wait and let in as soon as it is set"
    soon = coming.phase is not Phase.BEFORE or coming.meeting.starts_at - now < SOON
    return Finding(
        "room", Level.BAD if soon else Level.LOOK, text, f"Set it: dela link {id} https://meet.example.org/x"
    )
