"""What the schedule does for invitations: nudges once, tells the coordinator to call, expires, reminds, releases."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.mailing.ledger import Message
from dela.mailing.wake import wake_planned
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking import mails
from dela.speaking.asking_times import asking_times
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.reading import with_meeting
from dela.speaking.reminding import next_reminder, reminders_to_speakers
from dela.speaking.schedule_of import Does, dues_of, scheduled
from dela.speaking.telling import Reached, step, to_coordinators, to_speaker
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text

AT_ONCE = 200


def do_due(ports: Ports, now: datetime) -> dict[str, int]:
    """Do what is due, each invitation in a transaction of its own; answers how many. A second run finds nothing."""
    due = Query(range_field="next_at", below=instant_text(now + timedelta(microseconds=1)), limit=AT_ONCE)
    found = ports.store.query(Invitation, due)
    for invitation in found:
        wake_planned(ports, _do(ports, invitation.id, now))
    return {"speakers": len(found)}


def _do(ports: Ports, id: str, now: datetime) -> list[Message]:
    """Do what is due of one invitation, as it stands where that is decided; of several things, the last."""

    def work(store: Transaction) -> list[Message]:
        invitation, meeting = with_meeting(store, id)
        dues = [does for at, does in dues_of(invitation, meeting, ports.settings) if at <= now]
        done = Reached(invitation)
        asking = [does for does in dues if does is not Does.REMIND]
        if asking:
            done = _DOES[asking[-1]](ports.settings, done.invitation, meeting, now)
        messages = list(done.mails)
        if Does.REMIND in dues and done.invitation.speaks:
            done = _remind(ports.settings, done.invitation, meeting, now)
            messages += done.mails
        store.put(scheduled(done.invitation, meeting, ports.settings))
        for message in messages:
            store.create(message)
        return messages

    return ports.store.transact(work)


def _nudge(settings: Settings, invitation: Invitation, meeting: Meeting, now: datetime) -> Reached:
    until = asking_times(invitation.asked_at, meeting.starts_at, settings).expires_at
    message = to_speaker(mails.NUDGED, str(invitation.round), invitation, meeting, now, max(until, now))
    return Reached(invitation.model_copy(update={"stage": 1}), [message])


def _call(settings: Settings, invitation: Invitation, meeting: Meeting, now: datetime) -> Reached:
    until, occurrence = meeting.starts_at, f"{invitation.person}-{invitation.round}"
    told = to_coordinators(
        settings, mails.CALL, occurrence, meeting, now, about=invitation.id, useful_until=max(until, now)
    )
    return Reached(invitation.model_copy(update={"stage": 2}), told)


def _expire(settings: Settings, invitation: Invitation, meeting: Meeting, now: datetime) -> Reached:
    return step(settings, meeting, invitation, InvitationState.EXPIRED, "time", now)


def _release(settings: Settings, invitation: Invitation, meeting: Meeting, now: datetime) -> Reached:
    return step(settings, meeting, invitation, InvitationState.RELEASED, "time", now, mails.RELEASED)


def _remind(settings: Settings, invitation: Invitation, meeting: Meeting, now: datetime) -> Reached:
    """Plan the last of the reminders that are due; one that has had its time is passed over."""
    first = next_reminder(invitation, meeting, settings)
    reminders = reminders_to_speakers(meeting, settings)
    coming = [each for each in reminders if first is not None and each.due_at >= first.due_at]
    ripe = [each for each in coming if each.due_at <= now] or coming[:1]
    if not ripe:
        return Reached(invitation)
    last = ripe[-1]
    reminded = invitation.model_copy(update={"reminded_until": last.due_at})
    if last.useful_until <= now:
        return Reached(reminded)
    message = to_speaker(
        mails.REMINDER, last.occurrence, invitation, meeting, now, last.useful_until, max(last.due_at, now)
    )
    return Reached(reminded, [message])


_DOES: dict[Does, Any] = {Does.NUDGE: _nudge, Does.CALL: _call, Does.EXPIRE: _expire, Does.RELEASE: _release}


def _moments(ports: Ports, now: datetime) -> Iterator[datetime]:
    """When the first of them falls due; for a reminder that is some time before it leaves."""
    coming = Query(range_field="next_at", at_least=instant_text(now + timedelta(microseconds=1)), limit=1)
    yield from (each.next_at for each in ports.store.query(Invitation, coming) if each.next_at is not None)


DO_DUE = Duty(name="invitations", rhythms=(QUARTER_HOURLY,), irreversible=False, run=do_due, moments=_moments)
