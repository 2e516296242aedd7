"""What every room declares, listed by import: everything general walks these lists and knows no room by name."""

from dela.attending.figures import Figures
from dela.attending.registration import Registration
from dela.demo.clock_offset import ClockOffset
from dela.mailing.ledger import AudiencePage, AudiencePlan, Heartbeat, Message, Pace
from dela.meetings.meeting import AgendaItem, Meeting
from dela.store.documents import Document
from dela.store.installation import Installation

DOCUMENTS: tuple[type[Document], ...] = (
    AgendaItem,
    AudiencePage,
    AudiencePlan,
    ClockOffset,
    Figures,
    Heartbeat,
    Installation,
    Meeting,
    Message,
    Pace,
    Registration,
)
