"""The fan-out of one reminder, measured in a process of its own: `python -m bench.sending PEOPLE`, settings as usual.

Turn by turn it sends a page of the audience as `delivery` does, and as many ready-made mails on one connection, which
is the floor of the same mail server. Prints what it saw as JSON.
"""

import json
import smtplib
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psutil

from bench.effort import median
from dela.attending.mails import REMINDER
from dela.attending.registration import Registration, RegistrationState
from dela.duties.run_duties import plan_mails
from dela.mail.contract import Mail
from dela.mailing.deliver import deliver
from dela.mailing.letters import letters_of
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import plan_meeting
from dela.ports import Ports
from dela.settings import Settings, load
from dela.store.contract import Transaction
from dela.store.identity import person_id, registration_id
from dela.wiring import freeze, ports_of

START = datetime(2026, 12, 10, 11, 10, tzinfo=UTC)
DUE = START - timedelta(days=7)
AT_ONCE = 250
READY_MADE = 200
WARM = 3
"""After so many turns memory has got what it keeps."""


class ShiftedClock:
    """The machine's clock, moved to the time that the measure is about."""

    meant = True

    def __init__(self) -> None:
        self.move(DUE - timedelta(minutes=10))

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, moment: datetime) -> None:
        self._offset = moment - datetime.now(UTC)


def main(people: str) -> None:
    clock = ShiftedClock()
    settings = load()
    ports = ports_of(settings, clock)
    meeting = plan_meeting(ports, START, clock.now())
    some = _crowd(ports, meeting, int(people))
    freeze()
    started = time.perf_counter()
    plan_mails(ports, clock.now())
    planned = time.perf_counter() - started
    clock.move(DUE + timedelta(seconds=1))
    writes = ports.store.operations.writes
    seen = _send(ports, settings, _ready_made(ports, meeting, some, clock.now()))
    writes = ports.store.operations.writes - writes
    print(json.dumps({"people": int(people), "planned": planned, "writes": writes, **seen}))


def _send(ports: Ports, settings: Settings, ready_made: Sequence[Mail]) -> dict[str, object]:
    queue, process = ports.queue, psutil.Process()
    server = settings.mail_server
    assert server is not None
    sizes, ours, theirs, sent = [], [], [], 0
    with smtplib.SMTP(server.host, server.port) as smtp:
        while True:
            counts: dict[str, int] = {}
            started = time.perf_counter()
            turn = iter((True, False))
            queue.run_due(lambda key, counts=counts: counts.update(deliver(ports, key)), lambda turn=turn: next(turn))
            took = time.perf_counter() - started
            if not counts:
                break
            mails = counts.get("sent", 0)
            sent += mails
            ours.append(took / mails)
            theirs.append(_floor(smtp, ready_made, mails))
            sizes.append(process.memory_full_info().uss)
    growth = sizes[-1] - sizes[min(WARM, len(sizes)) - 1]
    return {"sent": sent, "ours": median(ours), "floor": median(theirs), "growth": growth, "bytes": max(sizes)}


def _floor(smtp: smtplib.SMTP, ready_made: Sequence[Mail], mails: int) -> float:
    """The seconds that a ready-made mail takes."""
    started = time.perf_counter()
    for number in range(mails):
        mail = ready_made[number % len(ready_made)]
        smtp.sendmail(mail.sender, [mail.recipient], mail.data)
    return (time.perf_counter() - started) / mails


def _ready_made(ports: Ports, meeting: Meeting, registrations: Sequence[Registration], now: datetime) -> list[Mail]:
    letter = ports.once(letters_of).letter(REMINDER, meeting, "sv", now)
    return [letter.fill(registration, registration.id, now) for registration in registrations]


def _crowd(ports: Ports, meeting: Meeting, people: int) -> list[Registration]:
    """Store so many confirmed registrations; answers some of them."""
    key, day = ports.settings.identity_key, START - timedelta(days=30)
    persons = [
        (f"person{number}@example.org", person_id(key, f"person{number}@example.org")) for number in range(people)
    ]
    registrations = [
        Registration(
            id=registration_id(meeting.id, person),
            meeting=meeting.id,
            person=person,
            email=address,
            name=f"Anna Åkerström {number}",
            municipality="Åre",
            language="sv",
            state=RegistrationState.CONFIRMED,
            attempt=1,
            signed_up_at=day,
            confirmed_at=day,
        )
        for number, (address, person) in enumerate(persons)
    ]
    for start in range(0, people, AT_ONCE):
        part = registrations[start : start + AT_ONCE]

        def work(store: Transaction, part: Sequence[Registration] = part) -> None:
            for registration in part:
                store.create(registration)

        ports.store.transact(work)
    return registrations[:READY_MADE]


if __name__ == "__main__":
    main(*sys.argv[1:])
