"""The mails to attendees, each declared once: to whom, when it is true, and what it carries."""

from collections.abc import Iterator
from datetime import datetime

from dela.attending import truth
from dela.attending.audiences import ATTENDEE, REGISTERED, REMINDED
from dela.attending.links import CONFIRM as CONFIRM_LINK
from dela.attending.links import JOIN, UNSUBSCRIBE
from dela.attending.links import MANAGE as MANAGE_LINK
from dela.attending.links import OWN_DATA as OWN_DATA_LINK
from dela.attending.pending import confirmed_in_time
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.due import head_start
from dela.mailing.kinds import CalendarPart, Due, MailKind, Method
from dela.meetings.matter import A_MEETING
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.meetings.reminder_times import reminders_of
from dela.ports import Ports

CONFIRMED_ONES = truth.for_who_is(RegistrationState.CONFIRMED)


def _entry(method: Method) -> CalendarPart:
    return CalendarPart(method=method, link=JOIN, sequence=_own_sequence)


def _own_sequence(meeting: Meeting, registration: Registration) -> int:
    return registration.calendar_sequence(meeting.sequence)


def _reminders(ports: Ports, now: datetime, until: datetime) -> Iterator[Due]:
    """The reminders of all open meetings, each early enough for the last reader where the mail server sets a pace."""
    for meeting in open_meetings(ports.store, now):
        for reminder in reminders_of(meeting, ports.settings.reminders, ports.settings.zone):
            if reminder.due_at <= until:
                start = reminder.due_at - head_start(ports, REGISTERED, meeting.id)
                yield Due(meeting.id, reminder.occurrence, start, reminder.due_at, reminder.useful_until)


CONFIRM = MailKind(
    name="confirm",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=truth.for_who_is(RegistrationState.PENDING),
    still_true=truth.while_held,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=True,
    unproven=True,
    when_sent=confirmed_in_time,
    links=(CONFIRM_LINK,),
)
CONFIRMED = MailKind(
    name="confirmed",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=CONFIRMED_ONES,
    still_true=truth.while_held,
    replanned=False,
    calendar=_entry("PUBLISH"),
    one_click=None,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(JOIN, MANAGE_LINK),
)
ALREADY = MailKind(
    name="already",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=CONFIRMED_ONES,
    still_true=truth.while_held,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=False,
    unproven=True,
    when_sent=None,
    links=(JOIN, MANAGE_LINK),
)
REMINDER = MailKind(
    name="reminder",
    recipient=ATTENDEE,
    audience=REMINDED,
    matter=A_MEETING,
    due=_reminders,
    true_for=CONFIRMED_ONES,
    still_true=truth.of_reminder,
    replanned=True,
    calendar=None,
    one_click=UNSUBSCRIBE,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(JOIN, MANAGE_LINK),
)
MOVED = MailKind(
    name="moved",
    recipient=ATTENDEE,
    audience=REGISTERED,
    matter=A_MEETING,
    due=None,
    true_for=CONFIRMED_ONES,
    still_true=truth.of_last_move,
    replanned=False,
    calendar=_entry("PUBLISH"),
    one_click=UNSUBSCRIBE,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(JOIN, MANAGE_LINK),
)
CANCELLED = MailKind(
    name="cancelled",
    recipient=ATTENDEE,
    audience=REGISTERED,
    matter=A_MEETING,
    due=None,
    true_for=CONFIRMED_ONES,
    still_true=truth.while_cancelled,
    replanned=False,
    calendar=_entry("CANCEL"),
    one_click=UNSUBSCRIBE,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(),
)
LEFT = MailKind(
    name="left",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=truth.for_who_is(RegistrationState.LEFT),
    still_true=truth.while_of_use,
    replanned=False,
    calendar=_entry("CANCEL"),
    one_click=None,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(),
)
OWN_DATA = MailKind(
    name="own_data",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=truth.for_whoever,
    still_true=truth.while_of_use,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(OWN_DATA_LINK,),
)
MANAGE = MailKind(
    name="manage",
    recipient=ATTENDEE,
    audience=None,
    matter=A_MEETING,
    due=None,
    true_for=CONFIRMED_ONES,
    still_true=truth.while_of_use,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(MANAGE_LINK,),
)
MAILS = (CONFIRM, CONFIRMED, ALREADY, REMINDER, MOVED, CANCELLED, LEFT, OWN_DATA, MANAGE)
