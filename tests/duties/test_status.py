"""Where the forum stands, and what an operator should look at: in numbers and sentences, without any address."""

from datetime import timedelta

import pytest

from dela.attending.enter_room import enter_room
from dela.attending.leave import leave
from dela.duties.run_duties import plan_mails
from dela.duties.status import status_of
from dela.errors import Refused, TemporaryFailure
from dela.mailing.ledger import Heartbeat
from dela.meetings.run_meetings import cancel_meeting, set_room
from dela.operating.advice import about_forum
from dela.operating.finding import Level
from tests.support.forum import ROOM, START, Forum

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def stands(forum):
    return status_of(forum.ports, forum.now)


def advice(forum) -> dict[str, tuple[Level, str]]:
    return {each.part: (each.level, f"{each.text} {each.ask}") for each in about_forum(forum.ports, stands(forum))}


def test_people_and_mails_are_counted_by_meeting_and_state(forum):
    meeting = forum.meeting(capacity=40)
    ids = [forum.confirmed(meeting, f"p{number}@example.org") for number in range(4)]
    forum.sign_up(meeting, "pending@example.org")
    leave(forum.ports, ids[0], forum.now)
    forum.run()

    status = stands(forum)

    of_meeting = status.next_meeting
    assert (of_meeting.confirmed, of_meeting.pending, of_meeting.left, of_meeting.present) == (3, 1, 1, 0)
    assert of_meeting.next_reminder == START - 7 * DAY
    assert (status.mails.sent, status.mails.waiting, status.mails.failed) == (len(forum.mails), 0, 0)
    forum.at(START)
    enter_room(forum.ports, ids[1], forum.now)
    assert stands(forum).next_meeting.present == 1


def test_figures_stand_for_people_who_are_erased(forum):
    meeting = forum.meeting()
    ids = [forum.confirmed(meeting, f"p{number}@example.org") for number in range(4)]
    leave(forum.ports, ids[0], forum.now)
    forum.travel(START)
    enter_room(forum.ports, ids[1], forum.now)
    forum.travel(START + 90 * DAY)

    (of_meeting,) = stands(forum).meetings

    assert (of_meeting.confirmed, of_meeting.left, of_meeting.present) == (3, 1, 1)
    assert stands(forum).next_meeting is None


def test_a_new_forum_is_told_kindly_what_to_do(forum):
    found = advice(forum)

    assert found["meetings"][0] is Level.LOOK
    assert "the public page says kindly" in found["meetings"][1]
    assert "dela plan" in found["meetings"][1]
    assert found["schedule"][0] is Level.BAD
    assert "has never run" in found["schedule"][1]
    assert "room" not in found


@pytest.mark.parametrize(("before", "level"), [(8 * DAY, Level.LOOK), (6 * DAY, Level.BAD), (HOUR / 6, Level.BAD)])
def test_a_missing_room_is_a_reminder_at_first_and_a_problem_when_the_meeting_is_near(forum, before, level):
    meeting = forum.meeting(room=False)
    forum.at(START - before)

    assert advice(forum)["room"][0] is level
    assert f"dela link {meeting.id}" in advice(forum)["room"][1]
    set_room(forum.ports, meeting.id, ROOM)
    assert advice(forum)["room"][0] is Level.GOOD


def test_only_the_next_meetings_room_matters_and_a_cancelled_one_is_not_next(forum):
    first = forum.meeting(room=False)
    forum.meeting(START + 90 * DAY)
    cancel_meeting(forum.ports, first.id, forum.now)

    assert advice(forum)["room"][0] is Level.GOOD


def test_a_full_meeting_and_an_empty_one_that_is_near_are_said(forum):
    meeting = forum.meeting(capacity=1)
    assert "people" not in advice(forum)
    forum.at(START - 6 * DAY)
    assert "nobody is registered" in advice(forum)["people"][1]
    forum.confirmed(meeting)
    assert "is full" in advice(forum)["seats"][1]
    assert "people" not in advice(forum)


def test_a_schedule_that_runs_is_fine_and_one_that_stopped_is_not(forum):
    forum.run()
    assert advice(forum)["schedule"][0] is Level.GOOD
    assert advice(forum.later(minutes=30))["schedule"][0] is Level.GOOD

    found = advice(forum.later(minutes=10))["schedule"]
    assert found[0] is Level.BAD
    assert "reminders did not run" in found[1]

    forum.ports.store.transact(lambda store: store.put(Heartbeat(id="reminders", at=forum.later(days=2).now)))
    assert "retention did not run" in advice(forum)["schedule"][1]


def test_mails_that_wait_too_long_are_a_problem_and_those_that_wait_for_their_time_are_not(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 3)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)
    forum.deliver()
    assert advice(forum)["mails"][0] is Level.GOOD
    assert stands(forum).mails.pages == 1

    assert advice(forum.later(minutes=30))["mails"][0] is Level.GOOD, "a worker may be at it"

    found = advice(forum.later(minutes=6))["mails"]

    assert found[0] is Level.BAD
    assert "1 that should have left" in found[1]


def test_what_failed_or_was_dropped_is_counted_by_its_reason_and_names_nobody(forum, monkeypatch):
    meeting = forum.meeting()
    forum.confirmed(meeting, "kept@example.org")
    leave(forum.ports, forum.confirmed(meeting, "left@example.org"), forum.now)
    take = type(forum.ports.mail).send

    def refuse_one(self, mail):
        if mail.recipient == "kept@example.org":
            raise Refused("the mail server answered 550")
        take(self, mail)

    monkeypatch.setattr(type(forum.ports.mail), "send", refuse_one)
    forum.run()

    status = stands(forum)
    assert status.mails.troubles[meeting.id, "confirmed", "failed", "the mail server answered 550"] == 1
    assert status.mails.troubles[meeting.id, "confirmed", "dropped", "registration_left"] == 1
    assert "@" not in str(status.mails)
    assert advice(forum)["mails"][0] is Level.LOOK


def test_a_server_that_is_away_shows_as_mails_that_wait(forum, monkeypatch):
    meeting = forum.meeting()
    forum.confirmed(meeting)

    def away(self, mail):
        raise TemporaryFailure("the mail server can't be used now: OSError")

    monkeypatch.setattr(type(forum.ports.mail), "send", away)
    forum.run()

    assert stands(forum).mails.waiting == 1


@pytest.mark.parametrize(("rate", "level"), [(0, Level.GOOD), (30, Level.GOOD), (1, Level.BAD)])
def test_how_many_people_the_pace_can_carry_is_said_against_those_who_are_registered(tmp_path, rate, level):
    forum = Forum(tmp_path, mail_rate=rate)
    meeting = forum.meeting()
    forum.crowd(meeting, 60)

    found = advice(forum)["pace"]
    forum.close()

    assert found[0] is level
    if rate:
        assert f"{rate} mails a minute can carry" in found[1]
        assert "the 60 now registered" in found[1]
    else:
        assert "DELA_MAIL_RATE is not set" in found[1]


@pytest.mark.parametrize(("people", "level"), [(2, Level.GOOD), (6, Level.LOOK)])
def test_how_near_mails_to_unproven_addresses_are_to_their_ceiling_is_said(tmp_path, people, level):
    forum = Forum(tmp_path, unproven_hour=4, unproven_day=50)
    meeting = forum.meeting()
    for number in range(people):
        forum.sign_up(meeting, f"p{number}@example.org")
    forum.deliver()

    found, numbers = advice(forum)["unproven"], stands(forum).mails
    forum.close()

    left, waiting = min(people, 4), max(people - 4, 0)
    assert found[0] is level
    assert f"{left} of 4 an hour and {left} of 50 a day left, {waiting} wait" in found[1]
    assert ("DELA_UNPROVEN_HOUR" in found[1]) is (level is Level.LOOK)
    assert numbers.overdue == 0, "they wait for nobody who does not come"


def test_status_reads_people_by_counting_them_only(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 300)
    before = forum.ports.store.operations.reads

    stands(forum)

    assert forum.ports.store.operations.reads - before < 40
