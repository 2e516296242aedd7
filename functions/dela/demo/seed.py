"""The demo: a seeded forum, and a way to move its time that runs everything on the way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from dela.attending.registration import Registration, RegistrationState
from dela.demo.clock import DemoClock
from dela.demo.speakers import speakers
from dela.duties.run_duties import next_moment
from dela.meetings.closing import close_meetings
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import Document
from dela.store.identity import person_id, registration_id

FIRST = timedelta(days=-82)
NEXT = timedelta(days=9)
DATES = (FIRST, NEXT, timedelta(days=100), timedelta(days=191))
TWELVE_TEN = {"hour": 12, "minute": 10, "second": 0, "microsecond": 0}
ROOM = "https://meet.example.org/dela-{id}"
PHONE = "+46 10 555 01 00"
COORDINATOR = {"coordinator_name": "Karin Norrby", "coordinator_phone": "063-555 01 00"}

PEOPLE = (
    ("Anders Persson", "Perssons Såg", "Ragunda"),
    ("Birgitta Olsson", "Olssons Lanthandel", "Bräcke"),
    ("Cecilia Nilsson", "Nilssons Redovisning", "Östersund"),
    ("Daniel Eriksson", "Åre Guidebyrå", "Åre"),
    ("Eva Jonsson", "Fårgården i Hede", "Härjedalen"),
    ("Fredrik Larsson", "Larssons Skog", "Strömsund"),
    ("Gun-Britt Mårtensson", "Gun-Britts Vävstuga", "Berg"),
    ("Henrik Svensson", "Krokoms El", "Krokom"),
    ("Ingela Andersson", "Ingelas Massage", "Östersund"),
    ("Jonas Karlsson", "Karlssons Rör", "Åre"),
    ("Karolina Lindgren", "Fjällnära Ost", "Härjedalen"),
    ("Lars-Erik Nordin", "Nordins Schakt", "Strömsund"),
    ("Maria Hansson", "Bageri Hansson", "Ragunda"),
    ("Nils Sundin", "Sundins Snickeri", "Berg"),
    ("Oskar Wallin", "Wallin Webb", "Östersund"),
    ("Petra Hedman", "Hedmans Trädgård", "Krokom"),
    ("Quang Tran", "Trans Kök", "Östersund"),
    ("Rebecka Zetterström", "Zetterströms Foto", "Åre"),
    ("Sven Åkerlund", "Åkerlunds Fiske", "Strömsund"),
    ("Tuva Blomqvist", "Blomqvists Keramik", "Bräcke"),
    ("Ulf Granström", "Granströms Bilverkstad", "Ragunda"),
    ("Veronica Öberg", "Öbergs Hundskola", "Krokom"),
    ("William Strand", "Strand Logistics", "other"),
    ("Ylva Norberg", "Norbergs Biodling", "Berg"),
    ("Åsa Dahlberg", "Dahlbergs Stugor", "Härjedalen"),
)
IN_ENGLISH = ("Quang Tran", "William Strand")
WHO_LEFT = 21


def seed(ports: Ports, now: datetime) -> None:
    """Fill an empty store with a forum in the middle of its year; one that holds a meeting is left as it is.

    All or nothing, so that two demos that start at once on one folder seed it once.
    """

    def work(store: Transaction) -> None:
        if store.count(Meeting, Query()):
            return
        for document in _documents(ports, now):
            store.create(document)

    ports.store.transact(work)
    close_meetings(ports, now)


def traveller(
    ports: Ports,
    clock: DemoClock,
    paused: Callable[[], AbstractContextManager[None]],
    run_everything: Callable[[], None],
) -> Callable[[datetime], None]:
    """A function that moves the demo's time, stopping wherever something falls due, in order of time.

    `run_everything` plans, delivers and erases what is due at the present moment. Meanwhile nothing else does, neither
    in this process, which is `paused`, nor in others that share the clock.
    """

    def travel(target: datetime) -> None:
        with paused(), clock.moving():
            run_everything()
            while (moment := next_moment(ports, clock.now())) is not None and moment <= target:
                clock.set(moment)
                run_everything()
            clock.set(target)
            run_everything()

    return travel


def _meeting(ports: Ports, number: int, start: datetime, now: datetime) -> Meeting:
    id = f"{start.astimezone(ports.settings.zone).year}-{number}"
    made = now - timedelta(days=120)
    return Meeting(
        id=id,
        starts_at=start,
        minutes=ports.settings.minutes,
        created_at=made,
        changed_at=made,
        room_url=ROOM.format(id=id),
        phone=PHONE,
    )


def _documents(ports: Ports, now: datetime) -> Iterator[Document]:
    local = now.astimezone(ports.settings.zone)
    for number, offset in enumerate(DATES, 1):
        start = (local + offset).replace(**TWELVE_TEN).astimezone(UTC)  # type: ignore[arg-type]  # only numbers
        meeting = _meeting(ports, number, start, now)
        yield meeting
        if offset in (FIRST, NEXT):
            for place, person in enumerate(PEOPLE):
                yield _registration(ports, meeting, now, place, person)
            yield from speakers(ports, meeting, now, unanswered=offset == NEXT)


def _registration(ports: Ports, meeting: Meeting, now: datetime, number: int, told: tuple[str, str, str]) -> Document:
    name, organisation, municipality = told
    signed_up = min(meeting.starts_at, now) - timedelta(days=1 + number % 9, hours=number % 7)
    email = f"{name.split()[0].casefold()}.{number}@example.org".translate(str.maketrans("åäö", "aao"))
    person = person_id(ports.settings.identity_key, email)
    left, held = number == WHO_LEFT, meeting.ends_at <= now
    return Registration(
        id=registration_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        email=email,
        name=name,
        organisation=organisation,
        municipality=municipality,
        language="en" if name in IN_ENGLISH else "sv",
        notify_next=number % 3 == 0,
        state=RegistrationState.LEFT if left else RegistrationState.CONFIRMED,
        attempt=1,
        signed_up_at=signed_up,
        confirmed_at=signed_up + timedelta(minutes=4),
        left_at=signed_up + timedelta(hours=5) if left else None,
        present_at=meeting.starts_at if held and number % 5 and not left else None,
    )
