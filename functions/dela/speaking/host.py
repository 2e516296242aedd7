"""Holding a meeting: its run sheet as it stands, and beginning the next section, or taking that back."""

from dataclasses import dataclass
from datetime import datetime

from dela.meetings.meeting import Meeting, Phase
from dela.meetings.reading import meeting_of
from dela.ports import Ports
from dela.speaking.invitation import Invitation
from dela.speaking.places import held_places
from dela.speaking.progress import Progress
from dela.speaking.reading import Closed
from dela.speaking.reminding import invitations_to
from dela.speaking.run_sheet import Running, Section, run_sheet, running
from dela.store.contract import Reader, Transaction


@dataclass(frozen=True)
class Stage:
    """A meeting as its host sees it."""

    meeting: Meeting
    speakers: list[Invitation]
    running: Running
    can_take_back: bool

    def speaker(self, section: Section) -> Invitation | None:
        """Whose section it is."""
        return self.speakers[section.speaker] if section.speaker is not None else None


def stage_of(store: Reader, meeting_id: str, now: datetime) -> Stage:
    """Where a meeting stands at a time. Raises NotFound."""
    meeting = meeting_of(store, meeting_id)
    speakers = in_order(store, meeting_id)
    progress = store.get(Progress, meeting_id)
    begun = progress.last if progress is not None else None
    sheet = run_sheet(meeting.starts_at, meeting.minutes, len(speakers))
    return Stage(meeting, speakers, running(sheet, begun, now), begun is not None)


def in_order(store: Reader, meeting_id: str) -> list[Invitation]:
    """Who speaks, in the order of the run sheet."""
    people = {each.person: each for each in invitations_to(store, meeting_id)}
    return [people[place.person] for place in held_places(store, meeting_id) if place.person in people]


def begin_next(ports: Ports, meeting_id: str, after: int, now: datetime) -> None:
    """Begin the section after `after`, which is the one that the host saw: pressed twice, it is begun once.

    Raises NotFound, and Closed ("not_running") outside of the meeting.
    """

    def work(store: Transaction) -> None:
        stage = stage_of(store, meeting_id, now)
        known = store.get(Progress, meeting_id) or Progress(id=meeting_id, meeting=meeting_id)
        _refuse_outside(stage.meeting, now)
        following = stage.running.current + 1
        if stage.running.current != after or following >= len(stage.running.sections):
            return
        update = {"sections": (*known.sections, following), "times": (*known.times, now)}
        store.put(known.model_copy(update=update))

    ports.store.transact(work)


def take_back(ports: Ports, meeting_id: str, of: int, now: datetime) -> None:
    """Take back that the section `of` was begun. Raises NotFound, and Closed ("not_running") outside of the meeting."""

    def work(store: Transaction) -> None:
        meeting, known = meeting_of(store, meeting_id), store.get(Progress, meeting_id)
        _refuse_outside(meeting, now)
        if known is not None and known.last is not None and known.last[0] == of:
            store.put(known.model_copy(update={"sections": known.sections[:-1], "times": known.times[:-1]}))

    ports.store.transact(work)


def _refuse_outside(meeting: Meeting, now: datetime) -> None:
    if meeting.cancelled or meeting.phase(now) is not Phase.RUNNING:
        raise Closed("not_running")
