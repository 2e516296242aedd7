"""Answering an invitation: yes, no, or another of the year's meetings; by the speaker, or by the coordinator for them.

A yes takes a place, a no gives it back, in the transaction that decides it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dela.mailing.kinds import MailKind
from dela.mailing.ledger import Message
from dela.mailing.wake import wake_planned
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking import mails
from dela.speaking.agenda import AgendaItem, line_of
from dela.speaking.invitation import By, Invitation, InvitationState, Step, invitation_id
from dela.speaking.matter import Asked
from dela.speaking.places import Place, free_place, held_places, in_order
from dela.speaking.reading import Closed, invited, refuse_closed, with_meeting
from dela.speaking.telling import step
from dela.store.contract import Reader, Transaction
from dela.store.documents import Document


class Choice(StrEnum):
    """What may be answered."""

    YES = "yes"
    NO = "no"
    OTHER = "other"
    STANDBY = "standby"
    REMOVE = "remove"


@dataclass
class Change:
    """What an answer writes."""

    invitation: Invitation
    put: list[Document] = field(default_factory=list)
    create: list[Document] = field(default_factory=list)
    take: Place | None = None
    give_back: Place | None = None

    @property
    def messages(self) -> list[Message]:
        """The mails that it plans."""
        return [each for each in self.create if isinstance(each, Message)]

    def write(self, store: Transaction) -> None:
        """Write all of it."""
        for document in self.create:
            store.create(document)
        for document in self.put:
            store.put(document)
        if self.give_back is not None:
            store.delete(Place, self.give_back.id)
            store.delete(AgendaItem, invitation_id(self.give_back.meeting, self.give_back.person))


def answer(ports: Ports, id: str, choice: Choice, now: datetime, *, other: str = "", by: By = "speaker") -> Asked:
    """Answer an invitation, for the meeting `other` if that is the choice; the same answer again changes nothing.

    Answers how the invitation stands then. A yes after the expiry, by the speaker, waits for the coordinator: they
    stand by. Raises NotFound, and Closed: "cancelled", "started", "over", "full", or "date" for no other open meeting.
    """

    def work(store: Transaction) -> tuple[Asked, Change]:
        invitation, meeting = with_meeting(store, id)
        refuse_closed(invitation, meeting, now)
        held = held_places(store, meeting.id)
        asked = _Answering(ports.settings, invitation, meeting, held, by, now)
        change = asked.elsewhere(store, other) if choice is Choice.OTHER else asked.here(choice)
        change.write(store)
        order = in_order([*held, change.take] if change.take else held) if change.invitation.speaks else ()
        return Asked(id=id, invitation=change.invitation, meeting=meeting, order=order), change

    answered, change = ports.store.transact(work)
    wake_planned(ports, change.messages)
    return answered


@dataclass(frozen=True)
class _Answering:
    """One answer, with all that decides it."""

    settings: Settings
    invitation: Invitation
    meeting: Meeting
    held: Sequence[Place]
    by: By
    now: datetime

    def here(self, choice: Choice) -> Change:
        """What the answer writes that is about this meeting."""
        if choice is Choice.YES:
            return self._yes()
        return self._standby() if choice is Choice.STANDBY else self._no(choice)

    def elsewhere(self, store: Reader, other: str) -> Change:
        """What choosing another meeting writes: a place there, and the one here given back."""
        there = store.get(Meeting, other) if other != self.meeting.id else None
        if there is None or there.cancelled or self.now >= there.starts_at:
            raise Closed("date")
        known = invited(store, other, self.invitation.person)
        if known is not None and known.state is InvitationState.REMOVED and self.by == "speaker":
            raise Closed("date")
        taken = _Answering(
            self.settings, self._as_invited_to(there, known), there, held_places(store, other), self.by, self.now
        )
        change = Change(taken.invitation) if known is not None and known.speaks else taken._taken(quietly=True)
        kind = mails.OUT if self.invitation.speaks else None
        left = self.invitation.model_copy(update={"chose": other})
        here = self._stepped(left, InvitationState.ELSEWHERE, kind)
        put, create = [*change.put, *here.put], [*change.create, *here.create]
        return Change(here.invitation, put, create, give_back=self._own_place)

    def _yes(self) -> Change:
        state = self.invitation.state
        if state is InvitationState.CONFIRMED:
            return Change(self.invitation)
        if self.by == "speaker" and state in (InvitationState.EXPIRED, InvitationState.STANDBY):
            return self._standby()
        return self._taken()

    def _standby(self) -> Change:
        if self.invitation.state is InvitationState.STANDBY or self.invitation.speaks:
            return Change(self.invitation)
        since = self.invitation.model_copy(update={"stands_by_since": self.now})
        return self._stepped(since, InvitationState.STANDBY, mails.NOTED if self.by == "coordinator" else None)

    def _no(self, choice: Choice) -> Change:
        state, spoke = self.invitation.state, self.invitation.speaks
        if state in (InvitationState.DECLINED, InvitationState.WITHDRAWN) and choice is Choice.NO:
            return Change(self.invitation)
        if choice is Choice.REMOVE:
            change = self._stepped(self.invitation, InvitationState.REMOVED, mails.OUT if spoke else None)
        elif spoke:
            change = self._stepped(self.invitation, InvitationState.WITHDRAWN, mails.OUT)
        else:
            kind = mails.NOTED if self.by == "coordinator" else None
            change = self._stepped(self.invitation, InvitationState.DECLINED, kind)
        change.give_back = self._own_place
        return change

    def _taken(self, *, quietly: bool = False) -> Change:
        """A place for them. `quietly`: coordinators are told of what they left instead."""
        place = self._own_place or free_place(self.held, self.meeting.id, self.invitation.person, self.settings)
        if place is None:
            raise Closed("full")
        placed = self.invitation.model_copy(update={"position": place.position})
        change = self._stepped(placed, InvitationState.CONFIRMED, mails.CONFIRMED, quietly=quietly)
        if self._own_place is None:
            change.create.append(place)
            change.take = place
        change.put.append(line_of(change.invitation))
        return change

    def _stepped(
        self, invitation: Invitation, state: InvitationState, kind: MailKind | None, *, quietly: bool = False
    ) -> Change:
        done = step(self.settings, self.meeting, invitation, state, self.by, self.now, kind, quietly=quietly)
        return Change(done.invitation, put=[done.invitation], create=list(done.mails))

    @property
    def _own_place(self) -> Place | None:
        return next((each for each in self.held if each.person == self.invitation.person), None)

    def _as_invited_to(self, there: Meeting, known: Invitation | None) -> Invitation:
        """This person's invitation to the meeting that they chose: the one that there is, or one like this."""
        if known is not None:
            return known.model_copy(update={"chose": ""})
        return self.invitation.model_copy(
            update={
                "id": invitation_id(there.id, self.invitation.person),
                "meeting": there.id,
                "state": InvitationState.ASKED,
                "history": (Step(state=InvitationState.ASKED, at=self.now, by=self.by),),
                "invited_at": self.now,
                "asked_at": self.now,
                "asked_by_hand_at": None,
                "steps": 1,
                "round": 1,
                "stage": 0,
                "reminded_until": None,
                "stands_by_since": None,
                "told_at": (),
                "digest_at": None,
                "chose": "",
            }
        )
