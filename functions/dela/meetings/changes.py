"""What other rooms write when a meeting changes, in that change's transaction: each declares it, none is known here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.store.contract import Reader, Transaction
from dela.store.documents import Document


@dataclass(frozen=True)
class Writes:
    """What is to be written: new documents, and changed ones."""

    create: Sequence[Document] = ()
    put: Sequence[Document] = ()

    def write(self, store: Transaction) -> None:
        """Write all of it."""
        for document in self.create:
            store.create(document)
        for document in self.put:
            store.put(document)


NOTHING = Writes()
Consequence = Callable[[Ports, Reader, Meeting, datetime], Writes]
"""Of the meeting as it is after the change, at a time (UTC). It reads in the change's transaction; it may run twice."""


def nothing(ports: Ports, store: Reader, meeting: Meeting, at: datetime) -> Writes:
    """The consequence of a change that does not concern a room."""
    return NOTHING


@dataclass(frozen=True, kw_only=True)
class OnMeeting:
    """What a room writes when a meeting is moved, is cancelled, or has ended.

    `renumbered` is for a telephone number that stood in mails and is another one now.
    """

    name: str
    moved: Consequence
    cancelled: Consequence
    ended: Consequence
    renumbered: Consequence = nothing


def consequences(
    which: Callable[[OnMeeting], Consequence], ports: Ports, store: Reader, meeting: Meeting, at: datetime
) -> Writes:
    """What all rooms write about one change. Nothing is written yet: first everything is read."""
    writes = [which(each)(ports, store, meeting, at) for each in ports.declared.all(OnMeeting)]
    return Writes([new for each in writes for new in each.create], [old for each in writes for old in each.put])
