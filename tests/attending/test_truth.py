from datetime import UTC, datetime, timedelta

import pytest

from dela.attending import mails
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.kinds import SEND, Occasion, Verdict
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reminder_times import Reminder
from dela.settings import Settings

NOW = datetime(2026, 12, 2, 11, 10, tzinfo=UTC)
DAY = timedelta(days=1)
TOLD = Reminder("1440m@20261203", NOW, NOW + timedelta(hours=23))


def meeting(**more) -> Meeting:
    return Meeting(id="2026-1", starts_at=NOW + DAY, minutes=50, created_at=NOW - DAY, changed_at=NOW - DAY, **more)


def verdict(kind, occurrence="1", now=NOW, about=None, until=NOW + DAY, lead=timedelta(0)):
    return kind.judged(meeting() if about is None else about, Occasion(occurrence, until, now, Settings(), lead))


def test_a_reminder_is_sent_from_its_time_on_until_it_is_overtaken():
    moments = [NOW - timedelta(seconds=1), NOW, TOLD.useful_until - timedelta(seconds=1), TOLD.useful_until]
    early, due, last, late = (verdict(mails.REMINDER, TOLD.occurrence, moment) for moment in moments)

    assert early.not_before == NOW
    assert (due, last) == (Verdict(meant_for=NOW), Verdict(meant_for=NOW))
    assert late.drop == "too_late"


def test_a_reminder_that_leaves_early_for_a_slow_server_is_meant_for_who_was_there_when_it_began():
    lead = timedelta(minutes=30)

    assert verdict(mails.REMINDER, TOLD.occurrence, NOW - lead, lead=lead) == Verdict(meant_for=NOW - lead)
    assert verdict(mails.REMINDER, TOLD.occurrence, NOW - 2 * lead, lead=lead).not_before == NOW - lead


def test_a_reminder_of_another_time_is_dropped():
    assert verdict(mails.REMINDER, "1440m@20261210").drop == "meeting_moved"


def test_a_correction_is_true_for_the_latest_move_only():
    assert verdict(mails.MOVED, "2", about=meeting(sequence=2)) == SEND
    assert verdict(mails.MOVED, "1", about=meeting(sequence=2)).drop == "meeting_moved_again"


def test_of_a_cancelled_meeting_only_that_is_told_and_what_someone_asked_for():
    off = meeting(state=MeetingState.CANCELLED)
    for reason in mails.MAILS:
        told = reason in (mails.CANCELLED, mails.LEFT, mails.OWN_DATA, mails.MANAGE)
        assert (verdict(reason, about=off).drop == "") is told, reason
    assert verdict(mails.CANCELLED).drop == "not_cancelled"


@pytest.mark.parametrize(
    "reason", [each for each in mails.MAILS if each is not mails.OWN_DATA], ids=lambda each: each.name
)
def test_nothing_is_told_of_a_meeting_that_is_over_or_gone(reason):
    over = NOW + DAY + timedelta(minutes=50)
    off = meeting(state=MeetingState.CANCELLED) if reason is mails.CANCELLED else meeting()

    assert verdict(reason, now=over, about=off, until=over).drop
    assert reason.judged(None, Occasion("1", NOW + DAY, NOW, Settings())).drop == "meeting_gone"


def test_each_mail_goes_only_to_people_for_whom_it_is_true():
    for state in RegistrationState:
        person = Registration(
            id="2026-1.anna",
            name="Anna",
            language="sv",
            meeting="2026-1",
            person="anna",
            email="anna@example.org",
            state=state,
            signed_up_at=NOW,
        )
        true = {kind for kind in mails.MAILS if not kind.true_for(person)}
        expected = {
            RegistrationState.PENDING: {mails.CONFIRM},
            RegistrationState.LEFT: {mails.LEFT},
            RegistrationState.CONFIRMED: set(mails.MAILS) - {mails.CONFIRM, mails.LEFT},
        }
        assert true == expected[state] | {mails.OWN_DATA}
