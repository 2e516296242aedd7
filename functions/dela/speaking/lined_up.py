"""What mails to coordinators say of a meeting's whole line-up, read anew when they leave."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dela.mailing.kinds import Method
from dela.meetings.matter import A_MEETING
from dela.meetings.meeting import Meeting
from dela.settings import Settings
from dela.speaking.asking_times import asking_times
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.matter import date_of, doors
from dela.speaking.words import state_word
from dela.store.contract import Query, Reader
from dela.store.documents import Document
from dela.web import dates
from dela.web.links import Links

EVERYBODY = 500
"""More than are asked before retention erases the first of them."""


class LineUp(Document):
    """A meeting with everybody who was asked for it; one of them and one of their steps, if that is what it is about.

    `others` are the invitations to other meetings: among them is who may be asked now.
    """

    meeting: Meeting
    asked: tuple[Invitation, ...]
    others: tuple[Invitation, ...]
    invitation: Invitation | None
    step: int

    @property
    def speaking(self) -> list[Invitation]:
        """Who holds a place."""
        return [each for each in self.asked if each.speaks]

    @property
    def standbys(self) -> list[Invitation]:
        """Who stands by, in their order."""
        return standbys_among(self.asked)

    @property
    def possible(self) -> list[Invitation]:
        """Who said that they may be asked another time, and is not asked now."""
        busy = {each.person for each in self.asked if each.speaks or each.awaited or each.chose}
        free = {each.person: each for each in (*self.others, *self.asked) if each.ask_again}
        return [each for person, each in free.items() if person not in busy]

    def date(self, settings: Settings) -> str:
        """The day of the meeting on the forum's wall clock."""
        return date_of(self.meeting, settings)


def standbys_among(asked: Sequence[Invitation]) -> list[Invitation]:
    """Who stands by, in the order in which they began to."""
    standing = [each for each in asked if each.state is InvitationState.STANDBY]
    return sorted(standing, key=lambda each: (each.stands_by_since or each.invited_at, each.id))


class AboutLineUp:
    """See mailing/kinds.py, Matter. Its id is the meeting's, or MEETING.PERSON or MEETING.PERSON.STEP within it."""

    def read(self, store: Reader, id: str) -> LineUp | None:
        """See mailing/kinds.py."""
        meeting_id, person, step = (*id.split("."), "", "")[:3]
        meeting = store.get(Meeting, meeting_id)
        if meeting is None:
            return None
        everyone = sorted(store.query(Invitation, Query(limit=EVERYBODY)), key=lambda each: (each.invited_at, each.id))
        asked = tuple(each for each in everyone if each.meeting == meeting_id)
        subject = next((each for each in asked if each.person == person), None)
        if person and subject is None:
            return None
        others = tuple(each for each in everyone if each.meeting != meeting_id)
        return LineUp(
            id=id, meeting=meeting, asked=asked, others=others, invitation=subject, step=int(step) if step else 0
        )

    def told_at(self, matter: LineUp, language: str, settings: Settings, now: datetime) -> str:
        """How far away the meeting is, in words."""
        return A_MEETING.told_at(matter.meeting, language, settings, now)

    def words(self, matter: LineUp, told: str, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        """See mailing/kinds.py."""
        zone = settings.time_zone
        return {
            **A_MEETING.words(matter.meeting, told, language, settings, links),
            **_of_one(matter, language, settings),
            "asked": [(each, state_word(each.state, language)) for each in matter.asked],
            "missing": max(0, settings.speakers_min - len(matter.speaking)),
            "standbys": matter.standbys,
            "possible": matter.possible,
            "suggested": [each for each in (*matter.others, *matter.asked) if each.suggests],
            "opens": dates.clock(doors(matter.meeting, settings)[0], language, zone),
        }

    def calendar(
        self, matter: LineUp, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        """No mail about a line-up has one. Raises NotImplementedError."""
        raise NotImplementedError("a line-up is in no calendar")


def _of_one(matter: LineUp, language: str, settings: Settings) -> dict[str, Any]:
    """What the mail says of the one invitation that it is about: its step, its time, and all steps since that one."""
    invitation, zone = matter.invitation, settings.time_zone
    if invitation is None:
        return {"invitation": None}
    found = invitation.step(matter.step or invitation.steps)
    before, step = found or (None, invitation.history[-1])
    times = asking_times(invitation.asked_at, matter.meeting.starts_at, settings)
    later = [each for number in range(matter.step, invitation.steps + 1) if (each := invitation.step(number))]
    chosen = next((each for each in matter.others if each.meeting == invitation.chose), None)
    return {
        "invitation": invitation,
        "old": state_word(before, language) if before else "",
        "new": state_word(step.state, language),
        "by": step.by,
        "expires": dates.day(times.expires_at, language, zone),
        "asked_on": dates.day(invitation.asked_at, language, zone),
        "leaves_time": times.leaves_time(matter.meeting.starts_at),
        "chosen": chosen.meeting if chosen else "",
        "steps": [(dates.clock(each.at, language, zone), state_word(each.state, language)) for _, each in later],
        "ended": step.state in ENDS,
    }


ENDS = (
    InvitationState.DECLINED,
    InvitationState.WITHDRAWN,
    InvitationState.EXPIRED,
    InvitationState.REMOVED,
    InvitationState.ELSEWHERE,
)
"""After these it is told who may be asked instead."""


A_LINE_UP = AboutLineUp()
