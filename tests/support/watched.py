"""A forum whose mails are watched as they leave: each is held against what is true at that moment (docs/rules.md)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from icalendar import Calendar

from dela.attending import mails
from dela.attending.registration import Registration, RegistrationState
from dela.errors import TemporaryFailure
from dela.mail.contract import Mail
from dela.mailing.kinds import MailKind
from dela.mailing.letters import letters_of
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import reminders_of
from dela.store.sqlite import SqliteStore
from dela.web import dates
from tests.support.forum import Forum, calendar_of, text_of

TOLD = (mails.CONFIRMED, mails.ALREADY, mails.REMINDER, mails.MOVED)
"""The mails that say when the meeting is."""
STATES = {mails.CONFIRM: RegistrationState.PENDING, mails.LEFT: RegistrationState.LEFT}


class Killed(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Sent:
    """A mail that was taken, with the ledger entry that it belongs to."""

    reason: MailKind
    entry: str
    person: str
    at: datetime


class WatchedForum(Forum):
    """A forum whose transactions run twice, whose mail server fails on demand, and whose mails are checked.

    `wrong` collects every rule that was broken: what is raised inside `delivery` would only be tried again.
    """

    def __init__(self, folder: Path, **settings) -> None:
        super().__init__(folder, **settings)
        store = SqliteStore(self.settings.sqlite_path, run_twice=True)
        self.ports.store.close()
        self._letters: dict[str, tuple[MailKind, str]] = {}
        self.ports = replace(self.ports, store=store, mail=self)
        _note(self.ports.once(letters_of), self._letters)
        self.sent: list[Sent] = []
        self.wrong: list[str] = []
        self.away = False
        self.dies = ""
        """"before" or "after" the mail is taken that comes when `lives` more mails have been sent."""
        self.lives = 0
        self._in_the_air: Counter[str] = Counter()
        self._versions: dict[str, dict[int, tuple[datetime, str]]] = {}
        self._uid = ""

    @contextmanager
    def session(self) -> Iterator["WatchedForum"]:
        yield self

    def carries_any_script(self) -> bool:
        return True

    def send(self, mail: Mail) -> None:
        """The mail server."""
        if self.away:
            raise TemporaryFailure("the mail server answered 421")
        self.lives -= 1
        if self.lives < 0 and self.dies == "before":
            self.dies = ""
            raise Killed
        reason, entry = self._letters[mail.message_id]
        if any(each.entry == entry for each in self.sent):
            self._in_the_air[entry] -= 1
            self._hold(self._in_the_air[entry] >= 0, f"{entry} was sent twice")
        self._check(mail, reason, entry)
        person = entry.rpartition(".")[2]
        self.sent.append(Sent(reason, entry, person, self.now))
        if self.lives < 0 and self.dies == "after":
            self.dies = ""
            self._in_the_air[entry] += 1
            raise Killed

    def was_sent(self, reason: MailKind, occurrence: str, registration: Registration) -> bool:
        entry = f"{reason.name}.{occurrence}.{registration.meeting}.{registration.person}"
        return any(each.entry == entry for each in self.sent)

    def _hold(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(f"{self.now:%Y-%m-%d %H:%M:%S}: {what}")

    def _check(self, mail: Mail, reason: MailKind, entry: str) -> None:
        _, occurrence, meeting_id, person = entry.split(".")
        meeting = self.present_meeting(meeting_id)
        registration = self.registration(f"{meeting_id}.{person}")
        self._hold(registration is not None, f"{entry} to someone who was erased")
        if registration is None:
            return
        wanted = STATES.get(reason, RegistrationState.CONFIRMED)
        self._hold(registration.state is wanted, f"{entry} to someone who is {registration.state}")
        self._hold(mail.recipient == registration.email, f"{entry} to another address")
        self._hold(meeting.cancelled == (reason is mails.CANCELLED), f"{entry} of a meeting that is {meeting.state}")
        self._hold(self.now < meeting.ends_at, f"{entry} after the meeting")
        if reason is mails.REMINDER:
            self._check_reminder(meeting, registration, occurrence, entry)
        if reason is mails.MOVED:
            self._hold(occurrence == str(meeting.sequence), f"{entry} is stale")
            self._hold(registration.confirmed_at < meeting.moved_at, f"{entry} to someone who came later")
        self._check_content(mail, meeting, registration, reason, entry)

    def _check_reminder(self, meeting: Meeting, registration: Registration, occurrence: str, entry: str) -> None:
        reminders = reminders_of(meeting, self.settings.reminders, self.settings.zone)
        found = next((each for each in reminders if each.occurrence == occurrence), None)
        self._hold(found is not None, f"{entry} is of another time")
        self._hold(self.now < meeting.starts_at, f"{entry} after the start")
        if found is not None:
            self._hold(
                found.due_at <= self.now < found.useful_until, f"{entry} before it is due or when it is overtaken"
            )
            self._hold(registration.confirmed_at < found.due_at, f"{entry} to who confirmed within its time")

    def _check_content(
        self, mail: Mail, meeting: Meeting, registration: Registration, reason: MailKind, entry: str
    ) -> None:
        message = message_from_bytes(mail.data, policy=policy.default)
        text = text_of(message)
        if reason in TOLD:
            zone = self.settings.time_zone
            day = dates.day(meeting.starts_at, registration.language, zone)
            hours = dates.hours(meeting.starts_at, meeting.minutes, registration.language, zone)
            self._hold(_plain(day) in _plain(text), f"{entry} does not say {day}")
            self._hold(_plain(hours) in _plain(text), f"{entry} does not say {hours}")
        everything = "".join(
            part.get_content() if part.get_content_maintype() == "text" else "" for part in message.walk()
        ) + str(message.items())
        for number in range(10):
            address = f"person{number}@example.org"
            if address != registration.email:
                self._hold(address not in everything, f"{entry} tells of {address}")
                self._hold(f"Namn{number}son" not in everything, f"{entry} tells of Namn{number}son")
        calendar = calendar_of(message)
        if calendar is not None:
            self._check_calendar(calendar, meeting, reason, registration.person, entry)

    def _check_calendar(self, part, meeting: Meeting, reason: MailKind, person: str, entry: str) -> None:
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        [event] = calendar.walk("VEVENT")
        method = "CANCEL" if reason in (mails.CANCELLED, mails.LEFT) else "PUBLISH"
        self._hold(str(calendar["METHOD"]) == part.get_param("method") == method, f"{entry} has another METHOD")
        self._hold(event["DTSTART"].dt == meeting.starts_at, f"{entry} has the calendar of another time")
        self._hold(event["UID"] == self._uid or not self._uid, f"{entry} has another UID than all the others")
        self._uid = event["UID"]
        sequence, told = event["SEQUENCE"], (event["DTSTART"].dt, method)
        versions = self._versions.setdefault(person, {})
        repeated = any(each.entry == entry for each in self.sent)
        self._hold(repeated or sequence >= max(versions, default=0), f"{entry} is older than what was sent before")
        self._hold(versions.setdefault(sequence, told) == told, f"{entry} is news, but its SEQUENCE is not higher")

    def forget_who_was_erased(self) -> None:
        """Forget what was sent to people who are not known any more: should they come back, they begin anew."""
        for person in {each.person for each in self.sent}:
            if self.registration(f"{self.sent[0].entry.split('.')[2]}.{person}") is None:
                self._versions.pop(person, None)
                self.sent = [each for each in self.sent if each.person != person]


def _plain(text: str) -> str:
    """Words as they are read, however they are spaced and wherever a sentence begins."""
    return " ".join(text.split()).casefold()


def _note(letters, noted: dict[str, tuple[MailKind, str]]) -> None:
    """Have the letters of a forum note which ledger entry each mail belongs to."""
    plain = letters.letter

    def letter(kind, matter, language, now):
        found = plain(kind, matter, language, now)

        class Noting:
            def fill(self, addressee, message_id, now):
                mail = found.fill(addressee, message_id, now)
                noted[mail.message_id] = kind, message_id
                return mail

        return Noting()

    letters.letter = letter
