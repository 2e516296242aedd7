"""What is shown of a meeting's speakers once it has started, and to nobody a second earlier.

The lines are documents of their own, written with what confirms, changes or ends a speaker's place, so that nothing
that is shown has to be looked for among what is not.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from dela.meetings.meeting import Meeting, Phase
from dela.settings import Settings
from dela.speaking.invitation import Invitation
from dela.store.contract import Query, Reader
from dela.store.documents import Document
from dela.store.keeping import After, OfPerson

NONE: Sequence["AgendaItem"] = ()


def _days_kept(settings: Settings) -> int:
    return settings.keep_registrations_days


class AgendaItem(Document):
    """One line of what will be shown once the meeting starts. Nobody but the coordinator sees it before.

    `person` is whose line it is. `consent`: they may be named after the meeting, too.
    """

    collection: ClassVar[str] = "agenda"
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("meeting", "position"), ("person",))
    keeping = OfPerson(
        listed_as="agenda",
        told=lambda item: item.model_dump(mode="json", exclude={"id", "person"}),
        until=(After(days=_days_kept, equal={"consent": False}),),
    )

    meeting: str
    person: str = ""
    position: int
    name: str
    organisation: str
    subject: str
    consent: bool = False


def agenda_of(store: Reader, meeting: str) -> Sequence[AgendaItem]:
    """The lines of a meeting's agenda in their order. Whoever shows them asks `Meeting.shows_agenda` first."""
    return store.query(AgendaItem, Query(equal={"meeting": meeting}, range_field="position"))


def agenda_shown(store: Reader, meeting: Meeting, now: datetime) -> Sequence[AgendaItem]:
    """What may be shown of a meeting's agenda at a time: nothing before the start; after the end, who agreed to it."""
    if not meeting.shows_agenda(now):
        return NONE
    items = agenda_of(store, meeting.id)
    return [item for item in items if item.consent] if meeting.phase(now) is Phase.ENDED else items


def line_of(invitation: Invitation) -> AgendaItem:
    """The line of somebody who speaks."""
    return AgendaItem(
        id=invitation.id,
        meeting=invitation.meeting,
        person=invitation.person,
        position=invitation.position,
        name=invitation.name,
        organisation=invitation.organisation,
        subject=invitation.title,
        consent=invitation.consent,
    )
