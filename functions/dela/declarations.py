"""What every room declares, listed by import: everything general walks these lists and knows no room by name."""

from dela.attending.corrections import ATTENDEES
from dela.attending.counting import COUNT_AGAIN, COUNT_CANCELLED
from dela.attending.expiry import ERASE_EXPIRED
from dela.attending.figures import Figures
from dela.attending.limits import FORGET_RECIPIENTS, RecipientLimit
from dela.attending.links import LINKS
from dela.attending.mails import MAILS
from dela.attending.registration import Registration
from dela.attending.seat import Seat
from dela.attending.seating import SETTLE_SEATS, Settling
from dela.clock.offset import ClockOffset
from dela.clock.seen import ClockSeen
from dela.mailing.ledger import AudiencePage, AudiencePlan, Heartbeat, Message, Pace
from dela.mailing.planning import PLAN_DUE, WAKE_UNFINISHED
from dela.mailing.unproven import FORGET_CAUSES, Cause
from dela.meetings.closing import CLOSE, REOPEN
from dela.meetings.meeting import Meeting
from dela.meetings.retention import ERASE_AFTER_MEETINGS
from dela.ports import Declaration
from dela.speaking.agenda import AgendaItem
from dela.speaking.corrections import SPEAKERS
from dela.speaking.due import DO_DUE
from dela.speaking.invitation import Invitation
from dela.speaking.links import LINKS as SPEAKERS_LINKS
from dela.speaking.mails import MAILS as SPEAKERS_MAILS
from dela.speaking.places import Place
from dela.speaking.progress import Progress
from dela.speaking.warn import WARN
from dela.store.documents import Document
from dela.store.form import STEPS, Form
from dela.store.installation import Installation

DOCUMENTS: tuple[type[Document], ...] = (
    AgendaItem,
    AudiencePage,
    AudiencePlan,
    Cause,
    ClockOffset,
    ClockSeen,
    Figures,
    Form,
    Heartbeat,
    Installation,
    Invitation,
    Meeting,
    Message,
    Pace,
    Place,
    Progress,
    RecipientLimit,
    Registration,
    Seat,
    Settling,
)
DUTIES = (
    REOPEN,
    CLOSE,
    DO_DUE,
    WARN,
    PLAN_DUE,
    WAKE_UNFINISHED,
    COUNT_CANCELLED,
    COUNT_AGAIN,
    SETTLE_SEATS,
    ERASE_EXPIRED,
    ERASE_AFTER_MEETINGS,
    FORGET_CAUSES,
    FORGET_RECIPIENTS,
)
"""In the order in which they are done: meetings are closed and counted before people are erased."""
DECLARATIONS: tuple[Declaration, ...] = (
    *LINKS,
    *SPEAKERS_LINKS,
    *MAILS,
    *SPEAKERS_MAILS,
    *DUTIES,
    SPEAKERS,
    ATTENDEES,
    *STEPS,
)
