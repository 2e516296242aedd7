"""The mails to those who wait for the next meeting: the question, the reminder that they do, and the news."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dela.attending.links import HEAR, HEAR_NO_MORE
from dela.attending.listener import Listener, ListenerState
from dela.attending.standing import Standing
from dela.attending.states import STATES
from dela.mailing.kinds import SEND, TOO_LATE, Audience, Due, MailKind, Method, Occasion, Recipient, Verdict
from dela.meetings.matter import A_MEETING
from dela.meetings.meeting import Meeting
from dela.meetings.reading import LONGEST, next_meeting
from dela.ports import Ports
from dela.settings import Settings
from dela.store.contract import Query, Reader
from dela.store.documents import instant_text
from dela.web.links import Links


class _AboutListener:
    """The matter of a mail that is about no meeting yet: the address itself."""

    def read(self, store: Reader, id: str) -> Listener | None:
        return store.get(Listener, id)

    def told_at(self, matter: Listener, language: str, settings: Settings, now: datetime) -> str:
        return ""

    def words(self, matter: Listener, told: Any, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        return {}

    def calendar(
        self, matter: Listener, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        raise ValueError("there is no meeting to put into a calendar")


def _confirmed_before(listener: Listener, planned_for: datetime) -> bool:
    return listener.confirmed and listener.confirmed_at is not None and listener.confirmed_at < planned_for


def _when_planned(ports: Ports, now: datetime, until: datetime) -> Iterator[Due]:
    """The news of the next meeting, if none was ahead when it was planned and somebody waited for it."""
    waiting = Query(equal=LISTENERS.equal(""), range_field="person", limit=1)
    if not ports.store.query(Listener, waiting):
        return
    meeting = next_meeting(ports.store, now)
    if meeting is not None and meeting.created_at <= until and not _was_one_ahead(ports, meeting):
        yield Due(meeting.id, "planned", meeting.created_at, meeting.created_at, meeting.starts_at)


def _was_one_ahead(ports: Ports, meeting: Meeting) -> bool:
    """Whether another meeting was still to be held when this one was planned: then that one was the news."""
    query = Query(
        range_field="starts_at",
        at_least=instant_text(meeting.created_at - LONGEST),
        below=instant_text(meeting.starts_at),
    )
    earlier = ports.store.query(Meeting, query)
    return any(not each.cancelled and each.ends_at > meeting.created_at for each in earlier)


def _still_ahead(meeting: Meeting, occasion: Occasion) -> Verdict:
    if meeting.cancelled:
        return Verdict(drop="meeting_cancelled")
    return SEND if occasion.now < meeting.starts_at else Verdict(drop=TOO_LATE)


def _while_asked(listener: Listener, occasion: Occasion) -> Verdict:
    return SEND if occasion.now < occasion.useful_until else Verdict(drop=TOO_LATE)


def _for_who_is(state: ListenerState) -> Any:
    return lambda listener: "" if listener.state is state else f"listener_{listener.state}"


A_LISTENER = _AboutListener()
LISTENER = Recipient(name="listener", find=lambda ports, matter, person: ports.store.get(Listener, person))
LISTENERS = Audience(
    name="listeners",
    kind=Listener,
    equal=lambda meeting: {"state": ListenerState.CONFIRMED},
    includes=_confirmed_before,
)
HEAR_CONFIRM = MailKind(
    name="hear_confirm",
    recipient=LISTENER,
    audience=None,
    matter=A_LISTENER,
    due=None,
    true_for=_for_who_is(ListenerState.PENDING),
    still_true=_while_asked,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=True,
    unproven=True,
    when_sent=None,
    links=(HEAR,),
    state=STATES[Standing.TO_HEAR],
)
HEAR_ALREADY = MailKind(
    name="hear_already",
    recipient=LISTENER,
    audience=None,
    matter=A_LISTENER,
    due=None,
    true_for=_for_who_is(ListenerState.CONFIRMED),
    still_true=_while_asked,
    replanned=False,
    calendar=None,
    one_click=None,
    nameless=False,
    unproven=True,
    when_sent=None,
    links=(HEAR,),
    state=STATES[Standing.HEARS],
)
NEXT_PLANNED = MailKind(
    name="next_planned",
    recipient=LISTENER,
    audience=LISTENERS,
    matter=A_MEETING,
    due=_when_planned,
    true_for=_for_who_is(ListenerState.CONFIRMED),
    still_true=_still_ahead,
    replanned=False,
    calendar=None,
    one_click=HEAR_NO_MORE,
    nameless=False,
    unproven=False,
    when_sent=None,
    links=(HEAR, HEAR_NO_MORE),
)
HEAR_MAILS = (HEAR_CONFIRM, HEAR_ALREADY, NEXT_PLANNED)
