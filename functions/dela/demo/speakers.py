"""The demo's speakers: three who said yes, and one who has not answered yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.speaking.agenda import line_of
from dela.speaking.invitation import Invitation, InvitationState, Step, invitation_id
from dela.speaking.places import Place
from dela.speaking.schedule_of import scheduled
from dela.store.documents import Document
from dela.store.identity import person_id

AGENDA = (
    ("Märta Jonsdotter", "Ströms Tunnbröd", "Webbutiken som ingen hittade, och vad vi gjorde då"),
    (
        "Johan Fjällström",
        "Fjällströms Åkeri",
        "Ett år med digitala körjournaler: vad jag sparade och vad jag förlorade",
    ),
    ("Elin Bergqvist", "Hotell Storsjön", "Bokningssystemet som vi slängde ut efter tre veckor"),
)
PLACES = ("Strömsund", "Åre", "Östersund")
UNANSWERED = ("Nils-Olof Wikström", "Wikströms Taxi", "Bräcke")
PHONE = "070-555 01 0{number}"
LINE = "Birgitta på näringslivskontoret berättade om era självkörande bokningar. Det vill vi gärna höra mer om!"


def speakers(ports: Ports, meeting: Meeting, now: datetime, *, unanswered: bool) -> Iterator[Document]:
    """Who speaks at a meeting, with their places and lines; and, for the next one, who was asked this morning."""
    for number, (line, municipality) in enumerate(zip(AGENDA, PLACES, strict=True), 1):
        name, organisation, title = line
        asked = _asked(ports, meeting, (name, organisation, municipality), number)
        asked_at = min(meeting.starts_at, now) - timedelta(days=30 - number)
        yes = Step(state=InvitationState.CONFIRMED, at=asked_at + timedelta(days=number), by="speaker")
        confirmed = asked.model_copy(
            update={
                **_since(asked_at),
                "state": yes.state,
                "steps": 2,
                "history": (Step(state=InvitationState.ASKED, at=asked_at, by="coordinator"), yes),
                "position": number,
                "title": title,
                "day_phone": asked.phone if number != len(AGENDA) else "",
                "consent": True,
            }
        )
        yield scheduled(confirmed, meeting, ports.settings) if meeting.starts_at > now else confirmed
        yield Place(id=f"{meeting.id}.{number}", meeting=meeting.id, person=confirmed.person, position=number)
        yield line_of(confirmed)
    if unanswered:
        waits = _asked(ports, meeting, UNANSWERED, 0)
        asked_at = now - timedelta(hours=6)
        step = Step(state=InvitationState.ASKED, at=asked_at, by="coordinator")
        asked = waits.model_copy(update={**_since(asked_at), "history": (step,), "line": LINE})
        yield scheduled(asked, meeting, ports.settings)


def _since(moment: datetime) -> dict[str, datetime]:
    return {"invited_at": moment, "asked_at": moment}


def _asked(ports: Ports, meeting: Meeting, told: tuple[str, str, str], number: int) -> Invitation:
    name, organisation, municipality = told
    email = f"{name.split()[0].casefold()}@example.org".translate(str.maketrans("åäö", "aao"))
    person = person_id(ports.settings.identity_key, email)
    return Invitation(
        id=invitation_id(meeting.id, person),
        meeting=meeting.id,
        person=person,
        mailbox=person,
        email=email,
        name=name,
        organisation=organisation,
        municipality=municipality,
        language="sv",
        phone=PHONE.format(number=number),
        history=(),
        invited_at=meeting.created_at,
        asked_at=meeting.created_at,
    )
