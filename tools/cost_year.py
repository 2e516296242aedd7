"""A simulated year of a forum: four meetings, the people who come to them, and the schedule, day by day."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dela.attending.registration import Registration, RegistrationState
from dela.mailing.believing import vouch
from dela.mailing.ledger import Message, MessageState, message_key
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reminder_times import reminders_of
from dela.meetings.run_meetings import plan_meeting, set_room
from dela.speaking.invite import Wanted, invite
from dela.store.contract import Transaction
from dela.store.identity import person_id, registration_id
from tools.cost_world import World

YEAR = 2026
ZONE = ZoneInfo("Europe/Stockholm")
MEETINGS = ((3, 5), (6, 4), (9, 3), (12, 3))
TICK = timedelta(minutes=15)
TICKS_A_DAY = 96
OPEN_DAYS = 28
FIRST_DAY = 0.3
"""So many sign up on the day of the announcement, the others evenly until the meeting."""
UNCONFIRMED = 0.1
LEAVING = 0.05
PRESENT = 0.6
NOTIFIED = 0.3
"""So many want to hear of the next meeting, and are kept for a year."""
SCANNED = 0.5
"""So many sit behind a mail scanner, which opens a link of each mail."""
SPEAKERS = 4
ASKED_DAYS = 45
"""So many days before a meeting its speakers are asked; they say yes on the same day."""
MAILS_OF_OLD = ("confirm", "confirmed", "reminder", "reminder", "reminder")


@dataclass(frozen=True)
class Visitor:
    """One person at one meeting, and what they will do."""

    number: int
    meeting: Meeting
    comes: datetime
    confirms: bool
    leaves: bool
    present: bool
    notified: bool
    scanned: bool

    @property
    def address(self) -> str:
        """Their address, another one for each meeting: the forum does not know them."""
        return f"person{self.number}.{self.meeting.id}@example.org"


def simulate(people: int, folder: Path | None = None) -> dict[date, Counter[str]]:
    """What each day of the year uses with so many attendees at each meeting, by counted operations.

    The year before has left its people, whom retention erases when their time has come.
    """
    with tempfile.TemporaryDirectory(dir=folder or _memory()) as place:
        world = World(Path(place), datetime(YEAR, 1, 1, tzinfo=UTC))
        try:
            _leave_last_year(world, people)
            meetings = [_plan(world, YEAR, month, day) for month, day in MEETINGS]
            visits = sorted(_visits(meetings, people), key=lambda visit: visit[0])
            for day in range(365):
                _live(world, datetime(YEAR, 1, 1, tzinfo=UTC) + timedelta(days=day), meetings, visits)
        finally:
            world.store.close()
    return {day: used for day, used in world.days.items() if day.year == YEAR}


Visit = tuple[datetime, Visitor, str]


def _live(world: World, day: datetime, meetings: list[Meeting], visits: list[Visit]) -> None:
    """One day: the schedule, and whoever comes. On a day on which nothing falls due one run stands for all."""
    eventful = day.date() in _eventful(world, meetings)
    ticks = [day + TICK * number for number in range(TICKS_A_DAY if eventful else 1)]
    moments: list[tuple[datetime, Visitor | None, str]] = [(tick, None, "reminders") for tick in ticks]
    moments.append((day + timedelta(hours=1, minutes=5), None, "retention"))
    while visits and visits[0][0] < day + timedelta(days=1):
        moments.append(visits.pop(0))
    for moment, visitor, what in sorted(moments, key=lambda each: each[0]):
        world.work_off(moment)
        world.moment = max(world.moment, moment)
        if visitor is None:
            vouch(world.store, world.moment)  # the runs that are left out would have seen the clock go on
        if visitor is not None:
            _visit(world, visitor, what)
        elif what == "reminders" and not eventful:
            _run_all_day(world)
        else:
            world.call(what, "POST", "/")
        world.work_off(world.moment)
    world.work_off(day + timedelta(days=1))
    world.moment = day + timedelta(days=1)


def _run_all_day(world: World) -> None:
    """What has come up since yesterday is done by the first run: the one after it stands for the others."""
    world.call("reminders", "POST", "/")
    before = Counter(world.today)
    world.call("reminders", "POST", "/")
    one = Counter(world.today)
    one.subtract(before)
    world.today.update({name: amount * (TICKS_A_DAY - 2) for name, amount in one.items()})


def _eventful(world: World, meetings: list[Meeting]) -> set[date]:
    settings = world.settings
    dues = [due.due_at for meeting in meetings for due in reminders_of(meeting, settings.reminders, settings.zone)]
    dues += [meeting.ends_at for meeting in meetings]
    return {moment.date() for due in dues for moment in (due - timedelta(hours=1), due)}


def _visits(meetings: list[Meeting], people: int) -> Iterator[Visit]:
    for meeting in meetings:
        comers = people + round(people * UNCONFIRMED)
        opens = meeting.starts_at - timedelta(days=OPEN_DAYS)
        for number in range(comers):
            share = number / comers
            late = max(0.0, (share - FIRST_DAY) / (1 - FIRST_DAY)) * (OPEN_DAYS - 1)
            comes = opens + timedelta(days=1 if late else 0) * (late > 0) + timedelta(days=late, seconds=number % 3600)
            comes = min(comes, meeting.starts_at - timedelta(minutes=30))
            place = number * 0.6180339887 % 1
            visitor = Visitor(
                number,
                meeting,
                comes,
                confirms=number >= comers - people,
                leaves=place < LEAVING,
                present=LEAVING <= place < LEAVING + PRESENT,
                notified=number * 0.7548776662 % 1 < NOTIFIED,
                scanned=number * 0.5698402910 % 1 < SCANNED,
            )
            yield comes, visitor, "signs up"
            if number < SPEAKERS:
                yield meeting.starts_at - timedelta(days=ASKED_DAYS, minutes=number), visitor, "speaks"
            if visitor.confirms and visitor.present:
                yield meeting.starts_at - timedelta(minutes=5, seconds=-(number % 600)), visitor, "enters"


def _visit(world: World, visitor: Visitor, what: str) -> None:
    client = f"198.51.{visitor.number >> 8 & 255}.{visitor.number & 255}"
    if what == "speaks":
        _speak(world, visitor)
        return
    if what == "enters":
        _open(world, visitor, "/join/", "join", post={})
        return
    path = f"/{visitor.meeting.id}"
    world.call("signup", "GET", path)
    fields = {
        "name": f"Person {visitor.number}",
        "email": visitor.address,
        "organisation": "Bageri",
        "municipality": world.settings.municipalities[visitor.number % len(world.settings.municipalities)],
        "language": "sv" if visitor.number % 5 else "en",
        **({"notify_next": "true"} if visitor.notified else {}),
    }
    world.call("signup", "POST", path, fields, client=client)
    world.call("signup", "GET", f"{path}/thanks")
    world.work_off(world.moment)
    if visitor.scanned:
        _open(world, visitor, "/signup/confirm/", "signup")
    if not visitor.confirms:
        return
    _open(world, visitor, "/signup/confirm/", "signup", post={})
    world.work_off(world.moment)
    if visitor.scanned:
        _open(world, visitor, "/join/", "join")
    if visitor.leaves:
        _open(world, visitor, "/signup/manage/", "signup", post={"action": "leave"})
        world.work_off(world.moment)


def _speak(world: World, visitor: Visitor) -> None:
    """Somebody is asked, looks, says yes, and fills in what they will share."""
    told = {"name": f"Speaker {visitor.number}", "organisation": "Bageri", "municipality": "Berg", "language": "sv"}
    speaker = replace(visitor, number=-1 - visitor.number)
    invite(world.ports, visitor.meeting.id, Wanted(email=speaker.address, **told), world.moment)
    world.work_off(world.moment)
    for form in ({"action": "answer", "answer": "yes"}, {"action": "share", "title": "Bröd", "day_phone": "070-1"}):
        _open(world, speaker, "/invitation/", "invitation", post=form)
        world.work_off(world.moment)


def _open(world: World, visitor: Visitor, link: str, name: str, post: dict[str, str] | None = None) -> None:
    """Open a link of the visitor's last mail, and press the button behind it if there is something to post."""
    data = re.sub(rb"=\r\n", b"", world.mails[visitor.address].data).replace(b"=3D", b"=").decode()
    found = re.search(rf"https?://[^/\s]+/{name}(/[^\s<>\"]*)", data[data.index(link) - 60 :])
    assert found, link
    world.call(name, "GET", found[1])
    if post is not None:
        world.call(name, "POST", found[1], post)


def _plan(world: World, year: int, month: int, day: int) -> Meeting:
    starts_at = datetime(year, month, day, 12, 10, tzinfo=ZONE).astimezone(UTC)
    meeting = plan_meeting(world.ports, starts_at, min(world.moment, starts_at - timedelta(days=60)))
    return set_room(world.ports, meeting.id, "https://meet.example.org/room")


def _leave_last_year(world: World, people: int) -> None:
    """The meetings of the year before, with what is left of their people on this year's first day."""
    for month, day in MEETINGS:
        meeting = _plan(world, YEAR - 1, month, day).model_copy(update={"state": MeetingState.CLOSED})
        world.store.transact(lambda store, meeting=meeting: store.put(meeting))
        erased = world.moment - meeting.ends_at > timedelta(days=world.settings.keep_registrations_days)
        for number in range(people):
            if not erased or number * 0.7548776662 % 1 < NOTIFIED:
                _leave(world, meeting, number, with_mails=not erased)


def _leave(world: World, meeting: Meeting, number: int, *, with_mails: bool) -> None:
    address = f"person{number}.{meeting.id}@example.org"
    person = person_id(world.settings.identity_key, address)
    registration = Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=address,
        name=f"Person {number}",
        language="sv",
        notify_next=number * 0.7548776662 % 1 < NOTIFIED,
        state=RegistrationState.CONFIRMED,
        signed_up_at=meeting.starts_at - timedelta(days=10),
    )
    messages = [
        Message(
            id=message_key(reason, str(place), meeting.id, person),
            reason=reason,
            occurrence=str(place),
            meeting=meeting.id,
            person=person,
            state=MessageState.SENT,
            planned_at=meeting.starts_at,
            due_at=None,
            useful_until=meeting.ends_at,
        )
        for place, reason in enumerate(MAILS_OF_OLD)
    ]

    def work(store: Transaction) -> None:
        store.create(registration)
        for message in messages if with_mails else ():
            store.create(message)

    world.store.transact(work)


def _memory() -> str | None:
    """A folder in memory where there is one: what is counted need not survive."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (a folder of its own is made in it)
