from datetime import UTC, datetime, timedelta

import pytest

from dela.attending.registration import Registration, RegistrationState
from dela.mailing import truth
from dela.mailing.ledger import Reason
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reminder_times import Reminder

NOW = datetime(2026, 12, 2, 11, 10, tzinfo=UTC)
DAY = timedelta(days=1)
TOLD = Reminder("1440m@20261203", NOW, NOW + timedelta(hours=23))


def meeting(**more) -> Meeting:
    return Meeting(id="2026-1", starts_at=NOW + DAY, minutes=50, created_at=NOW - DAY, changed_at=NOW - DAY, **more)


def verdict(reason, occurrence="1", now=NOW, about=None, reminders=(TOLD,), until=NOW + DAY, lead=timedelta(0)):
    about = meeting() if about is None else about
    return truth.of_audience(reason, occurrence, until, about, reminders, now, lead)


def test_a_reminder_is_sent_from_its_time_on_until_it_is_overtaken():
    moments = [NOW - timedelta(seconds=1), NOW, TOLD.useful_until - timedelta(seconds=1), TOLD.useful_until]
    early, due, last, late = (verdict(Reason.REMINDER, TOLD.occurrence, moment) for moment in moments)

    assert early.not_before == NOW
    assert (due, last) == (truth.Verdict(meant_for=NOW), truth.Verdict(meant_for=NOW))
    assert late.drop == "too_late"


def test_a_reminder_that_leaves_early_for_a_slow_server_is_meant_for_who_was_there_when_it_began():
    lead = timedelta(minutes=30)

    assert verdict(Reason.REMINDER, TOLD.occurrence, NOW - lead, lead=lead) == truth.Verdict(meant_for=NOW - lead)
    assert verdict(Reason.REMINDER, TOLD.occurrence, NOW - 2 * lead, lead=lead).not_before == NOW - lead


def test_a_reminder_of_another_time_is_dropped():
    assert verdict(Reason.REMINDER, "1440m@20261210").drop == "meeting_moved"


def test_a_correction_is_true_for_the_latest_move_only():
    assert verdict(Reason.MOVED, "2", about=meeting(sequence=2)) == truth.SEND
    assert verdict(Reason.MOVED, "1", about=meeting(sequence=2)).drop == "meeting_moved_again"


def test_of_a_cancelled_meeting_only_that_is_told_and_what_someone_asked_for():
    off = meeting(state=MeetingState.CANCELLED)
    for reason in Reason:
        told = reason in (Reason.CANCELLED, Reason.LEFT, Reason.OWN_DATA)
        assert (verdict(reason, about=off).drop == "") is told, reason
    assert verdict(Reason.CANCELLED).drop == "not_cancelled"


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.OWN_DATA}))
def test_nothing_is_told_of_a_meeting_that_is_over_or_gone(reason):
    over = NOW + DAY + timedelta(minutes=50)
    off = meeting(state=MeetingState.CANCELLED) if reason is Reason.CANCELLED else meeting()

    assert verdict(reason, now=over, about=off, until=over).drop
    assert truth.of_audience(reason, "1", NOW + DAY, None, (), NOW).drop == "meeting_gone"


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
        true = {reason for reason in Reason if truth.of_person(reason, person) == truth.SEND}
        expected = {
            RegistrationState.PENDING: {Reason.CONFIRM},
            RegistrationState.LEFT: {Reason.LEFT},
            RegistrationState.CONFIRMED: set(Reason) - {Reason.CONFIRM, Reason.LEFT},
        }
        assert true == expected[state] | {Reason.OWN_DATA}
    assert truth.of_person(Reason.REMINDER, None).drop == "erased"
