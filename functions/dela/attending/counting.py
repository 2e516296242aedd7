"""Counting a meeting: by counts of the store, never by reading people."""

from datetime import datetime

from dela.attending.figures import Figures
from dela.attending.registration import Registration, RegistrationState
from dela.clock.seen import SLACK
from dela.mailing.duty import DAILY, Duty
from dela.mailing.ledger import Message, MessageState
from dela.meetings.changes import NOTHING, Writes
from dela.meetings.closing import close_meeting
from dela.meetings.meeting import Meeting, MeetingState, Phase
from dela.ports import Ports
from dela.settings import Settings
from dela.store.contract import Query, Reader
from dela.store.documents import instant_text
from dela.store.readable import get_readable, is_there


def figures_of(store: Reader, meeting: str, settings: Settings, now: datetime) -> Figures:
    """The figures of a meeting as it stands at `now`."""

    def people(**equal: str) -> int:
        return store.count(Registration, Query(equal={"meeting": meeting, **equal}))

    confirmed = people(state=RegistrationState.CONFIRMED)
    left = people(state=RegistrationState.LEFT)
    places = {place: people(state=RegistrationState.CONFIRMED, municipality=place) for place in settings.places}
    return Figures(
        id=meeting,
        counted_at=now,
        registered=confirmed + left,
        confirmed=confirmed,
        left=left,
        present=store.count(Registration, Query(equal={"meeting": meeting}, range_field="present_at", at_least="")),
        mails_sent=store.count(Message, Query(equal={"meeting": meeting, "state": MessageState.SENT})),
        municipalities=places,
    )


def counted_once(ports: Ports, store: Reader, meeting: Meeting, at: datetime) -> Writes:
    """The figures of a meeting that has ended, unless it has some: they survive the erasure of people.

    Those that a wrong clock made are made anew, unless there is nobody left to count; those that can't be read stay.
    """
    if not is_there(store, Figures, meeting.id):
        return Writes(put=[figures_of(store, meeting.id, ports.settings, at)])
    known = get_readable(store, Figures, meeting.id)
    if known is None or meeting.erased_at is not None or _counted_in_time(known, meeting, at):
        return NOTHING
    figures = figures_of(store, meeting.id, ports.settings, at)
    return Writes(put=[figures]) if known is None or figures.registered else NOTHING


def _counted_in_time(figures: Figures, meeting: Meeting, at: datetime) -> bool:
    """Whether they were counted after the meeting's end, and not at a time that has yet to come."""
    return meeting.ends_at <= figures.counted_at <= at + SLACK


def count_cancelled(ports: Ports, now: datetime) -> int:
    """Count every cancelled meeting once the time has passed at which it would have ended; answers how many."""
    query = Query(equal={"state": MeetingState.CANCELLED}, range_field="starts_at", below=instant_text(now))
    over = [each for each in ports.store.query(Meeting, query) if each.phase(now) is Phase.ENDED]
    uncounted = [each for each in over if not is_there(ports.store, Figures, each.id)]
    for meeting in uncounted:
        close_meeting(ports, meeting, now)
    return len(uncounted)


def count_again(ports: Ports, now: datetime) -> int:
    """Count every meeting anew that is over and was counted at a time that has yet to come; answers how many."""
    ahead = Query(range_field="counted_at", at_least=instant_text(now + SLACK), limit=1000)
    meetings = [ports.store.get(Meeting, figures.id) for figures in ports.store.query(Figures, ahead)]
    wrong = [each for each in meetings if each and each.erased_at is None and each.phase(now) is Phase.ENDED]
    for meeting in wrong:
        close_meeting(ports, meeting, now)
    return len(wrong)


COUNT_CANCELLED = Duty(
    name="count_cancelled",
    rhythms=(DAILY,),
    irreversible=True,
    run=lambda ports, now: {"counted": count_cancelled(ports, now)},
    moments=lambda ports, now: (),  # its moment is the end of a meeting, at which meetings are closed
)
COUNT_AGAIN = Duty(
    name="count_again",
    rhythms=(DAILY,),
    irreversible=True,
    run=lambda ports, now: {"recounted": count_again(ports, now)},
    moments=lambda ports, now: (),  # no time brings it about
)
