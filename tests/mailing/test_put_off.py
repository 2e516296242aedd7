"""Mails that can't leave now: when they are tried again, for how long, and what they count as in the end."""

from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.attending.own_data import erase
from dela.attending.registration import Registration
from dela.duties.run_duties import plan_mails
from dela.errors import TemporaryFailure
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage, AudiencePlan, Message, MessageState
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import START, Forum
from tests.support.mail_server import AWAY, Asleep, MailServer, away

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
END = START + 50 * MINUTE
DUE = START - DAY
"""When the day's reminder is due; it is of use until the hour's."""


@pytest.fixture
def server(forum) -> MailServer:
    return MailServer(forum)


@pytest.fixture
def paced(tmp_path):
    forum = Forum(tmp_path, mail_rate=6)
    yield forum
    forum.close()


def messages(forum: Forum) -> list[Message]:
    return list(forum.ports.store.query(Message, Query(limit=1000)))


def only_message(forum: Forum) -> Message:
    [message] = messages(forum)
    return message


def only_page(forum: Forum) -> AudiencePage:
    [page] = forum.ports.store.query(AudiencePage, Query())
    return page


def reminded(forum: Forum, people: int) -> str:
    """The wake-up of the day's reminder to so many, which is due."""
    forum.crowd(forum.meeting(), people)
    forum.at(DUE)
    plan_mails(forum.ports, forum.now)
    return f"page:{only_page(forum).id}"


def greylist_once(server: MailServer):
    """The first mail is put off, the others are taken."""

    def first(mail):
        server.before = lambda mail: None
        away(mail)

    server.before = first


# When it is tried again


def test_a_mail_that_was_put_off_leaves_at_its_time_without_a_planning_run_and_not_before(forum, server):
    forum.sign_up(forum.meeting())
    key = f"message:{only_message(forum).id}"
    greylist_once(server)
    forum.deliver().later(seconds=59).deliver()
    deliver(forum.ports, key)
    assert server.taken == []

    forum.later(seconds=1).deliver()
    assert server.taken == ["anna@example.org"]


def test_a_mail_of_a_page_that_was_put_off_leaves_at_its_time_without_a_planning_run(forum, server):
    key = reminded(forum, 3)
    greylist_once(server)
    deliver(forum.ports, key)
    [waiting] = [each for each in messages(forum) if each.due_at]
    assert (waiting.state, waiting.sent_at, waiting.outcome) == (MessageState.PLANNED, None, AWAY)
    assert len(server.taken) == 2

    forum.later(minutes=1).deliver()
    assert len(set(server.taken)) == len(server.taken) == 3


def test_the_pauses_double_from_a_minute_to_an_hour(forum, server):
    forum.sign_up(forum.meeting())
    server.before = away
    pauses = []
    for _ in range(9):
        forum.deliver()
        pauses.append(only_message(forum).due_at - forum.now)
        forum.at(only_message(forum).due_at)

    assert pauses == [n * MINUTE for n in (1, 2, 4, 8, 16, 32, 60, 60, 60)]


def test_towards_the_end_of_its_use_a_mail_is_tried_more_often(forum, server):
    meeting = forum.meeting()
    forum.sign_up(meeting)
    server.before = away
    while (message := only_message(forum)).due_at is not None:
        forum.at(message.due_at).deliver()
        again = only_message(forum).due_at
        if again is not None and END - forum.now > 4 * MINUTE:
            assert again - forum.now <= (END - forum.now) / 4

    assert END - forum.now <= MINUTE


def test_what_fails_in_its_last_minute_has_failed_at_once(forum, server):
    meeting = forum.meeting()
    forum.at(END - 30 * SECOND).sign_up(meeting)
    server.before = away
    forum.deliver()

    message = only_message(forum)
    assert (message.state, message.outcome, message.due_at) == (MessageState.FAILED, AWAY, None)


def test_a_page_that_is_put_off_goes_on_behind_the_last_who_is_done(forum, server):
    key = reminded(forum, 20)
    server.before = lambda mail: forum.later(seconds=3)
    deliver(forum.ports, key)
    assert 0 < len(server.taken) < 20

    people = sorted(each.person for each in forum.ports.store.query(Registration, Query()))
    page = only_page(forum)
    assert page.cursor == people[len(server.taken) - 1]
    assert (page.lease_until, page.due_at) == (None, forum.now)


def test_who_is_erased_while_their_mail_is_being_put_off_leaves_nothing_behind(forum, server):
    id = forum.sign_up(forum.meeting())

    def erase_and_fail(mail):
        erase(forum.ports, id)
        away(mail)

    server.before = erase_and_fail
    forum.deliver()

    assert messages(forum) == []


def test_a_mail_that_could_not_be_recorded_is_remembered_only_until_it_is(forum, server, monkeypatch):
    forum.sign_up(forum.meeting())
    transact = type(forum.ports.store).transact

    def fail_once(self, work):
        monkeypatch.setattr(type(forum.ports.store), "transact", transact)
        raise TemporaryFailure("the disk is full")

    server.after = lambda _: monkeypatch.setattr(type(forum.ports.store), "transact", fail_once)
    forum.deliver()
    assert len(forum.ports.unrecorded) == 1

    forum.later(minutes=6).run()
    assert (len(server.taken), only_message(forum).state) == (1, MessageState.SENT)
    assert forum.ports.unrecorded == set()


# What it counts as in the end


def test_what_nobody_tried_in_time_is_dropped_as_too_late(forum, server):
    forum.sign_up(forum.meeting())
    forum.at(END).deliver()

    message = only_message(forum)
    assert (message.state, message.outcome, message.sent_at) == (MessageState.DROPPED, "too_late", None)


def test_what_was_tried_in_vain_until_it_was_too_late_has_failed_with_the_server_s_reason(forum, server):
    forum.sign_up(forum.meeting())
    server.before = away
    forum.deliver().at(END).deliver()

    message = only_message(forum)
    assert (message.state, message.outcome, message.sent_at) == (MessageState.FAILED, AWAY, None)


def test_a_page_that_nobody_worked_on_in_time_is_dropped_for_each_of_its_readers_and_for_nobody_else(forum, server):
    meeting = forum.meeting()
    forum.crowd(meeting, 3)
    forum.at(DUE)
    plan_mails(forum.ports, forum.now)
    key = f"page:{only_page(forum).id}"
    forum.at(START - 2 * HOUR).confirmed(meeting)
    forum.at(START - HOUR)
    deliver(forum.ports, key)

    ends = [(each.state, each.outcome, each.sent_at) for each in messages(forum) if each.reason == "reminder"]
    assert ends == [(MessageState.DROPPED, "too_late", None)] * 3
    assert (server.taken, only_page(forum).due_at) == ([], None)


def test_a_page_whose_server_stayed_away_has_failed_for_each_of_its_readers_with_the_reason(forum, server):
    key = reminded(forum, 5)
    server.before = away
    deliver(forum.ports, key)
    forum.at(START - HOUR)
    deliver(forum.ports, key)
    for each in messages(forum):
        deliver(forum.ports, f"message:{each.id}")

    assert [(each.state, each.outcome, each.sent_at) for each in messages(forum)] == [
        (MessageState.FAILED, AWAY, None)
    ] * 5
    assert only_page(forum).due_at is None


def test_a_page_that_a_dead_worker_had_begun_is_dropped_for_the_rest_when_it_is_too_late(forum, server):
    key = reminded(forum, 5)

    def die(mail):
        if len(server.taken) == 2:
            raise Asleep

    server.before = die
    with pytest.raises(Asleep):
        deliver(forum.ports, key)
    forum.at(START - HOUR)
    deliver(forum.ports, key)

    states = [each.state for each in messages(forum)]
    assert (states.count(MessageState.SENT), states.count(MessageState.DROPPED)) == (2, 3)
    assert only_page(forum).due_at is None


def test_a_page_that_is_no_longer_true_says_why(forum, server):
    key = reminded(forum, 2)
    cancel_meeting(forum.ports, "2026-1", forum.now)
    deliver(forum.ports, key)

    page = forum.ports.store.get(AudiencePage, key.removeprefix("page:"))
    assert (page.outcome, page.due_at, server.taken) == ("meeting_cancelled", None, [])


# Truth at send time


def test_who_leaves_while_a_slow_server_takes_the_mail_of_another_gets_none(forum, server):
    key = reminded(forum, 5)
    server.before = lambda mail: forum.later(seconds=3)

    def everybody_else_leaves(mail):
        for each in forum.ports.store.query(Registration, Query()):
            if each.email not in server.taken:
                leave(forum.ports, each.id, forum.now)

    server.after = everybody_else_leaves
    deliver(forum.ports, key)

    assert len(server.taken) == 1


def test_a_reminder_that_was_put_off_moves_with_its_meeting_and_is_of_use_for_as_long(forum, server):
    """Greylisted when it was due; then the meeting moves to a later hour of the same day, and so does the reminder."""
    key = reminded(forum, 1)
    greylist_once(server)
    deliver(forum.ports, key)
    waiting = f"message:{only_message(forum).id}"
    move_meeting(forum.ports, "2026-1", START + 3 * HOUR, forum.later(minutes=10).now)
    forum.later(minutes=10)
    deliver(forum.ports, waiting)
    assert server.taken == [], "it is not due yet by the new time"

    forum.at(START - HOUR / 2)
    deliver(forum.ports, waiting)
    assert server.taken == ["person0@example.org"]


# Without a key, and at a pace


def test_without_a_key_of_ours_what_is_due_is_done_and_counted(forum, server):
    meeting = forum.meeting()
    reminded_people = 2
    forum.crowd(meeting, reminded_people)
    forum.at(DUE)
    plan_mails(forum.ports, forum.now)
    for number in range(3):
        forum.sign_up(meeting, f"stranger{number}@example.org")
    forum.later(seconds=1)

    assert deliver(forum.ports, None) == {"sent": 3 + reminded_people}
    assert len(server.taken) == 3 + reminded_people


def test_a_plan_says_of_how_many_people_and_pages_it_is(forum):
    reminded(forum, 7)

    [plan] = forum.ports.store.query(AudiencePlan, Query())
    assert (plan.people, plan.pages) == (7, 1)


def test_a_pace_that_is_slower_than_a_batch_holds_in_any_minute_for_mails_of_both_kinds(paced):
    meeting = paced.meeting()
    paced.at(DUE - 10 * MINUTE).crowd(meeting, 12)
    server, times = MailServer(paced), []
    server.after = lambda mail: times.append(paced.now)
    paced.run()
    for number in range(3):
        paced.sign_up(meeting, f"stranger{number}@example.org")
    while paced.now < DUE + 5 * MINUTE:
        paced.deliver().later(seconds=5)

    assert len(set(server.taken)) == len(times) == 15
    assert all(sum(moment <= each < moment + MINUTE for each in times) <= 6 for moment in times)


def test_who_was_told_when_to_ask_again_may_send_at_that_moment(paced):
    meeting = paced.meeting()
    for number in range(3):
        paced.sign_up(meeting, f"stranger{number}@example.org")
    for sent in (1, 2, 3):
        deliver_each_due_once(paced)
        assert len(paced.mails) == sent
        paced.at(min((each.due_at for each in messages(paced) if each.due_at), default=paced.now))


def deliver_each_due_once(forum: Forum) -> None:
    for each in messages(forum):
        if each.due_at is not None and each.due_at <= forum.now:
            deliver(forum.ports, f"message:{each.id}")


def test_a_clock_that_ran_ahead_and_is_set_right_does_not_stop_the_mails_of_a_pace(paced):
    meeting = paced.meeting()
    paced.later(hours=3).sign_up(meeting)
    paced.deliver().later(hours=-3).sign_up(meeting, "stranger@example.org")
    paced.deliver()

    assert len(paced.mails) == 2


# Corrections


def test_a_correction_that_was_put_off_is_of_use_until_the_new_end(forum, server):
    meeting = forum.meeting()
    forum.crowd(meeting, 1)
    forum.at(START - HOUR / 2)
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    greylist_once(server)
    forum.deliver().at(END + HOUR).deliver()

    assert server.taken == ["person0@example.org"]


def test_who_confirmed_while_the_operator_s_command_was_on_its_way_is_told_of_the_move(forum, server):
    meeting = forum.meeting()
    typed = forum.now
    forum.later(seconds=5).confirmed(meeting)
    forum.later(seconds=5)
    move_meeting(forum.ports, meeting.id, START + DAY, typed)
    forum.deliver()

    assert [message.reason for message in messages(forum)].count("moved") == 1
