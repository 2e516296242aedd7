"""What mails about an invitation say, read anew when they leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dela.mailing.kinds import Method
from dela.meetings.matter import A_MEETING
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.speaking.asking_times import asking_times
from dela.speaking.invitation import Invitation
from dela.speaking.places import held_places, in_order
from dela.speaking.run_sheet import run_sheet, slot_of
from dela.store.contract import Reader
from dela.store.documents import Document
from dela.web import dates
from dela.web.links import Links


@dataclass(frozen=True, slots=True)
class Slot:
    """When somebody begins to speak (UTC), and their minutes for talking and for questions."""

    starts_at: datetime
    talk: int
    questions: int


class Asked(Document):
    """An invitation with its meeting, and the people who speak there, in their order, if this is one of them."""

    invitation: Invitation
    meeting: Meeting
    order: tuple[str, ...]

    def slot(self, settings: Settings) -> Slot | None:
        """When they speak; None as long as it is not known how many do."""
        return slot_among(self.order, self.invitation.person, self.meeting, settings)


def date_of(meeting: Meeting, settings: Settings) -> str:
    """The day of a meeting on the forum's wall clock, as it stands in the ledger."""
    return f"{meeting.starts_at.astimezone(settings.zone):%Y%m%d}"


class AboutInvitation:
    """See mailing/kinds.py, Matter. Its id is the invitation's."""

    def read(self, store: Reader, id: str) -> Asked | None:
        """See mailing/kinds.py."""
        invitation = store.get(Invitation, id)
        meeting = store.get(Meeting, invitation.meeting) if invitation else None
        if invitation is None or meeting is None:
            return None
        order = in_order(held_places(store, meeting.id)) if invitation.speaks else ()
        return Asked(id=id, invitation=invitation, meeting=meeting, order=order)

    def told_at(self, matter: Asked, language: str, settings: Settings, now: datetime) -> str:
        """How far away the meeting is, in words."""
        return A_MEETING.told_at(matter.meeting, language, settings, now)

    def words(self, matter: Asked, told: str, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        """See mailing/kinds.py."""
        invitation, meeting, zone = matter.invitation, matter.meeting, settings.time_zone
        slot, times = matter.slot(settings), asking_times(invitation.asked_at, meeting.starts_at, settings)
        opens, rehearsal_ends = doors(meeting, settings)
        return {
            **A_MEETING.words(meeting, told, language, settings, links),
            "invitation": invitation,
            "answer_by": dates.day(times.expires_at, language, zone),
            "by_coordinator": invitation.history[-1].by == "coordinator",
            "opens": dates.clock(opens, language, zone),
            "rehearsal_ends": dates.clock(rehearsal_ends, language, zone),
            "slot": dates.clock(slot.starts_at, language, zone) if slot else "",
            "talk": slot.talk if slot else 0,
        }

    def calendar(
        self, matter: Asked, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        """See mailing/kinds.py."""
        return speakers_calendar(matter.meeting, settings, language, url, method, sequence)


def slot_among(order: tuple[str, ...], person: str, meeting: Meeting, settings: Settings) -> Slot | None:
    """A speaker's slot among those who speak; None as long as it is not known how many do."""
    if person not in order or len(order) < settings.speakers_min:
        return None
    sheet = run_sheet(meeting.starts_at, meeting.minutes, len(order))
    starts_at, talk, questions = slot_of(sheet, order.index(person))
    return Slot(starts_at, talk, questions)


def doors(meeting: Meeting, settings: Settings) -> tuple[datetime, datetime]:
    """From when speakers may enter the room, and until when they have it to themselves."""
    opens = meeting.starts_at - timedelta(minutes=settings.speaker_opens_minutes)
    return opens, meeting.starts_at - timedelta(minutes=settings.rehearsal_ends_minutes)


def speakers_calendar(
    meeting: Meeting, settings: Settings, language: str, url: str, method: Method, sequence: int
) -> bytes:
    """A speaker's own entry, beside the one that they may have as an attendee."""
    from dela.meetings.calendar_file import calendar_file

    minutes = settings.speaker_opens_minutes
    return calendar_file(
        meeting, settings, language, url, method=method, sequence=sequence, role="speaker", opens_minutes=minutes
    )


AN_INVITATION = AboutInvitation()
