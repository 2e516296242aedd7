"""A whole forum in a temporary folder, driven as its people would: pages, mails, time."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug import Request
from werkzeug.test import Client

from dela import declarations
from dela.attending.confirm import confirm
from dela.attending.registration import Registration, Wishes
from dela.attending.sign_up import sign_up
from dela.duties.run_duties import next_moment, plan_mails, retain
from dela.mailing.deliver import deliver
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import plan_meeting, set_room
from dela.ports import Declaration, Declared, Ports
from dela.settings import Settings
from dela.speaking.answer import Choice, answer
from dela.speaking.change import Shared, share
from dela.speaking.invitation import Invitation
from dela.speaking.invite import Wanted, invite
from dela.speaking.recipients import coordinators
from dela.speaking.warn import WARN
from dela.store.identity import person_id, registration_id
from dela.wiring import endpoint, ports_of
from tests.support.crowd import crowd
from tests.support.surprise import LogLines, Surprise, agenda_of, reader_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
START = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
"""12:10 in Östersund."""
ROOM = "https://meet.example.org/secret-room"
FORM = {
    "name": "Anna Andersson",
    "email": "anna@example.org",
    "organisation": "Annas Bageri",
    "municipality": "Åre",
    "language": "sv",
}


def _without_warnings() -> list[Declaration]:
    """What is declared at this moment, but for what mails coordinators because of a meeting's time."""
    return [each for each in declarations.DECLARATIONS if each is not WARN]


class SetClock:
    """A clock that stands still until it is told otherwise. Whoever wants its jumps to be faults sets `meant`."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment, self.meant = now, True

    def now(self) -> datetime:
        return self.moment


class Forum:
    """The forum. Each of its meetings has an agenda, and everything it renders before the start is searched for it.

    Its coordinators are mailed about missing speakers and with the host's page only if it `warns`: most tests are about
    attendees, and their meetings have no speakers.
    """

    def __init__(self, folder: Path, *, warns: bool = False, **settings) -> None:
        self.folder = folder
        self.clock = SetClock()
        keys = {"secret_keys": ("the-key-of-tests",), "identity_key": "the-identity-of-tests"}
        self.settings = Settings(
            data_dir=folder,
            coordinator_name="Karin Norrby",
            coordinator_phone="063-555 01 00",
            **{**keys, **settings},
        )
        self.ports: Ports = ports_of(self.settings, self.clock)
        if not warns:
            self.ports = replace(self.ports, declared=Declared(_without_warnings, lambda: declarations.DOCUMENTS))
        for adapter in (self.ports.store, self.ports.queue):
            # No power fails in here: waiting for the disk would be most of a test's time. Real processes do wait.
            adapter._connections._synchronous = "OFF"
        self._coordinators = {address for _, address in coordinators(self.settings)}
        self.surprise = Surprise(self.settings.sqlite_path, self.clock.now, self._coordinators)
        self.log = LogLines(self.surprise).__enter__()
        self._read: dict[Path, EmailMessage] = {}

    def close(self) -> None:
        self.log.__exit__()
        self.surprise.look_through_mails(self.folder / "outbox")
        self.surprise.close()
        self.ports.store.close()
        self.ports.queue.close()
        assert not self.surprise.leaks, self.surprise.leaks

    # Time

    @property
    def now(self) -> datetime:
        return self.clock.moment

    def at(self, moment: datetime) -> "Forum":
        self.clock.moment = moment
        return self

    def later(self, **duration) -> "Forum":
        return self.at(self.now + timedelta(**duration))

    def run(self) -> "Forum":
        """Everything that is due now: plan, deliver, erase."""
        plan_mails(self.ports, self.now)
        self.deliver()
        retain(self.ports, self.now)
        return self

    def deliver(self) -> "Forum":
        self.ports.queue.run_due(lambda key: deliver(self.ports, key))
        return self

    def travel(self, target: datetime) -> "Forum":
        """Forward to a time, stopping wherever something falls due."""
        self.run()
        while (moment := next_moment(self.ports, self.now)) is not None and moment <= target:
            self.at(moment).run()
        return self.at(target).run()

    # Meetings and people

    def meeting(self, start: datetime = START, *, room: bool = True, capacity: int | None = None) -> Meeting:
        meeting = plan_meeting(self.ports, start, self.now, capacity)
        for item in agenda_of(meeting):
            self.ports.store.create(item)
        self.surprise.secrets(self.now)  # so that its tables are there, should the store be locked later
        return set_room(self.ports, meeting.id, ROOM, "+46 10 555 01 00") if room else meeting

    def present_meeting(self, id: str) -> Meeting:
        meeting = self.ports.store.get(Meeting, id)
        assert meeting is not None
        return meeting

    def sign_up(self, meeting: Meeting, address: str = "anna@example.org", **wishes) -> str:
        """Sign up by the use case; answers the registration's id."""
        told = {"name": "Anna Andersson", "municipality": "Åre", "language": "sv", **wishes}
        sign_up(self.ports, meeting.id, address, Wishes(**told), self.now)
        return registration_id(meeting.id, person_id(self.settings.identity_key, address))

    def confirmed(self, meeting: Meeting, address: str = "anna@example.org", **wishes) -> str:
        id = self.sign_up(meeting, address, **wishes)
        confirm(self.ports, id, self.now)
        return id

    def crowd(self, meeting: Meeting, people: int) -> list[str]:
        """So many confirmed registrations, written directly; their ids."""
        return [each.id for each in crowd(self.ports, meeting, people, self.now)]

    # Speakers

    def invited(self, meeting: Meeting, number: int = 1, **told) -> str:
        """Ask somebody to speak; answers the invitation's id."""
        wanted = {
            "email": f"talare{number}@example.org",
            "name": f"Tyra-Talare-{number}x",
            "organisation": f"Talföretaget-{number}x",
            "municipality": "Berg",
            "language": "sv",
            **told,
        }
        return invite(self.ports, meeting.id, Wanted(**wanted), self.now).id

    def speaker(self, meeting: Meeting, number: int = 1, *, shares: bool = True, **told) -> str:
        """Somebody who was asked, said yes and filled in what they will share."""
        id = self.invited(meeting, number, **told)
        answer(self.ports, id, Choice.YES, self.now)
        if shares:
            said = {"title": f"Ett-talämne-{number}x", "summary": "Kort.", "day_phone": "070-1", "consent": True}
            share(self.ports, id, Shared(**said), self.now)
        return id

    def answered(self, id: str, choice: str, **how) -> Invitation:
        """Their invitation after an answer."""
        return answer(self.ports, id, Choice(choice), self.now, **how).invitation

    def invitation(self, id: str) -> Invitation:
        found = self.ports.store.get(Invitation, id)
        assert found is not None
        return found

    def registration(self, id: str) -> Registration | None:
        return self.ports.store.get(Registration, id)

    # Web

    def web(self, name: str) -> Client:
        handle = endpoint(name)

        @Request.application
        def application(request):
            answer = handle(request, self.ports)
            told, reader = f"{answer.headers}\n{answer.get_data(as_text=True)}", reader_of(name, request.path)
            self.surprise.look(f"{request.method} {request.path}", told, reader=reader)
            return answer

        return Client(application)

    def open(self, url: str, method: str = "GET", **arguments):
        """Open an absolute link of ours at the function that it leads to."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.settings.base_url
        name = parts.path.split("/")[1]
        query = f"?{parts.query}" if parts.query else ""
        return self.web(name).open(parts.path + query, method=method, **arguments)

    # Mails

    @property
    def mails(self) -> list[EmailMessage]:
        """All mails but those to coordinators, which are somebody's work: `to_dos`."""
        return [mail for mail in self._all_mails if not self._is_to_do(mail)]

    @property
    def to_dos(self) -> list[EmailMessage]:
        """The mails to coordinators."""
        return [mail for mail in self._all_mails if self._is_to_do(mail)]

    def _is_to_do(self, mail: EmailMessage) -> bool:
        return any(address.addr_spec in self._coordinators for address in mail["To"].addresses)

    @property
    def _all_mails(self) -> list[EmailMessage]:
        paths = sorted((self.folder / "outbox").glob("*.eml"))
        for path in paths:
            if path not in self._read:
                self._read[path] = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        return [self._read[path] for path in paths]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]

    @property
    def last_mail(self) -> EmailMessage:
        return self.mails[-1]


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def html_of(mail: EmailMessage) -> str:
    return mail.get_body(("html",)).get_content()


def calendar_of(mail: EmailMessage) -> EmailMessage | None:
    return next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)


def link(mail: EmailMessage, part: str) -> str:
    """The link of a mail whose path holds `part`, such as /confirm/."""
    found = re.search(rf"http\S*{re.escape(part)}\S*", text_of(mail))
    assert found, f"no {part} in {text_of(mail)}"
    return found[0]
