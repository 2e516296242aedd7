"""What becomes of mails when something is in their way: nothing is lost, nothing is sent twice, nobody waits long."""

from datetime import timedelta

import pytest

from dela.duties.run_duties import plan_mails
from dela.errors import TemporaryFailure
from dela.mailing.deliver import deliver
from dela.mailing.ledger import LEASE, AudiencePage, Message, MessageState
from dela.mailing.letters import Letter
from dela.meetings.run_meetings import move_meeting
from dela.store.contract import Query
from tests.support.forum import START, Forum

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sending(forum, monkeypatch):
    """Lets a test do something at each mail: `sending(before)` calls it with the mail before the outbox takes it.

    It answers the list of the recipients whose mails were taken.
    """
    take = type(forum.ports.mail).send
    taken: list[str] = []

    def arrange(before):
        def send(self, mail):
            before(mail)
            take(self, mail)
            taken.append(mail.recipient)

        monkeypatch.setattr(type(forum.ports.mail), "send", send)
        return taken

    return arrange


def messages(forum, state: MessageState | None = None) -> list[Message]:
    found = forum.ports.store.query(Message, Query(limit=1000))
    return [each for each in found if state is None or each.state is state]


def recipients(forum) -> list[str]:
    return [mail["To"].addresses[0].addr_spec for mail in forum.mails]


def subjects(forum, address="anna@example.org"):
    return [str(mail["Subject"]).split(":")[0] for mail in forum.mails_to(address)]


def failing_once(monkeypatch, forum):
    """The store fails once, when the next mail is to be recorded."""
    store = type(forum.ports.store)
    for name in ("create", "transact"):
        original = getattr(store, name)

        def fail(self, argument, original=original):
            monkeypatch.undo()
            raise TemporaryFailure("the database file can't be used now: database or disk is full")

        monkeypatch.setattr(store, name, fail)


def test_a_reminder_that_was_planned_while_nobody_was_there_reaches_who_came_before_it_was_due(forum):
    meeting = forum.meeting()
    forum.at(START - DAY - timedelta(minutes=20)).run()
    forum.confirmed(meeting)
    forum.deliver().travel(START - DAY)

    assert subjects(forum) == ["Du har en plats", "Vi ses i morgon"]


def test_a_reminder_that_moved_within_its_day_reaches_who_came_before_its_new_time(forum):
    meeting = forum.meeting()
    forum.at(START - DAY - timedelta(minutes=20)).crowd(meeting, 1)
    forum.run()
    move_meeting(forum.ports, meeting.id, START + timedelta(hours=2), forum.now)
    forum.run().at(START - DAY + timedelta(hours=1)).run()
    forum.confirmed(meeting)
    forum.deliver().travel(START - DAY + timedelta(hours=3))

    assert subjects(forum) == ["Du har en plats", "Vi ses i morgon"]
    assert subjects(forum, "person0") == ["Ny tid", "Vi ses i morgon"]


def test_a_reminder_that_moved_within_its_day_does_not_reach_who_came_after_its_new_time(forum):
    meeting = forum.meeting()
    forum.at(START - DAY - timedelta(minutes=20)).crowd(meeting, 1)
    forum.run()
    move_meeting(forum.ports, meeting.id, START - timedelta(hours=2), forum.now)
    forum.run().later(minutes=5)
    forum.confirmed(meeting)
    forum.deliver().travel(START - DAY + timedelta(hours=1))

    assert subjects(forum) == ["Du har en plats"]
    assert subjects(forum, "person0") == ["Ny tid", "Vi ses i morgon"]


def test_a_mail_of_a_page_that_was_taken_but_could_not_be_recorded_is_recorded_later_and_not_sent_again(
    forum, sending, monkeypatch
):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)
    taken = sending(lambda mail: len(taken) == 2 and failing_once(monkeypatch, forum))

    forum.run()
    assert len(forum.mails) == 3
    forum.later(minutes=16).run()

    assert len(forum.mails) == 5
    assert len(messages(forum, MessageState.SENT)) == 5
    assert forum.ports.unrecorded == set()


def test_a_mail_to_one_person_that_was_taken_but_could_not_be_recorded_is_not_sent_again(forum, sending, monkeypatch):
    forum.sign_up(forum.meeting())
    sending(lambda mail: failing_once(monkeypatch, forum))

    forum.run()
    assert (len(forum.mails), len(messages(forum, MessageState.SENT))) == (1, 0)
    forum.later(minutes=16).run()

    assert (len(forum.mails), len(messages(forum, MessageState.SENT))) == (1, 1)


def test_a_mail_that_cannot_be_written_to_one_person_does_not_hold_up_the_others(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - DAY)
    fill = Letter.fill

    def stumble(self, registration, *more):
        if registration.email == "person3@example.org":
            raise UnicodeEncodeError("ascii", "x", 0, 1, "no")
        return fill(self, registration, *more)

    monkeypatch.setattr(Letter, "fill", stumble)
    forum.run().later(days=1).run()

    assert len(set(recipients(forum))) == 9
    failed = messages(forum, MessageState.FAILED)
    assert {each.outcome for each in failed} == {"the mail can't be written: UnicodeEncodeError"}


@pytest.mark.slow
def test_whom_a_server_that_was_away_for_too_long_has_cost_a_reminder_is_seen_with_the_reason(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - timedelta(hours=1))

    def away(mail):
        raise TemporaryFailure("the mail server answered 421")

    sending(away)
    while forum.now < START + timedelta(minutes=30):
        forum.run().later(minutes=5)

    assert forum.mails == []
    seen = [(each.state, each.outcome) for each in messages(forum)]
    assert seen == [(MessageState.FAILED, "the mail server answered 421")] * 10
    assert forum.ports.store.count(AudiencePage, Query(range_field="due_at", at_least="")) == 0


@pytest.mark.slow
def test_a_confirmation_that_could_not_leave_until_it_was_useless_has_failed_and_says_why(forum, sending):
    forum.sign_up(forum.meeting())

    def away(mail):
        raise TemporaryFailure("the mail server answered 421")

    sending(away)
    while forum.now < START + timedelta(hours=2):
        forum.deliver().later(minutes=30)

    assert [(each.state, each.outcome) for each in messages(forum)] == [
        (MessageState.FAILED, "the mail server answered 421")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [5, 40])
def test_an_hour_s_reminder_still_comes_when_the_server_was_away_for_a_part_of_the_hour(forum, sending, minutes):
    meeting = forum.meeting()
    forum.crowd(meeting, 30)
    due = START - timedelta(hours=1)

    def away(mail):
        if forum.now < due + minutes * MINUTE:
            raise TemporaryFailure("the mail server answered 421")

    forum.at(due)
    sending(away)
    while forum.now < START:
        forum.run().later(minutes=1)

    assert sorted(recipients(forum)) == sorted(f"person{number}@example.org" for number in range(30))


def test_pauses_grow_and_start_again_after_a_success(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 40)
    forum.at(START - DAY)
    pauses: dict[int, list[timedelta]] = {0: [], 10: []}

    def sometimes(mail):
        if len(taken) in pauses and len(pauses[len(taken)]) < 5:
            raise TemporaryFailure("the mail server answered 421")

    taken = sending(sometimes)
    plan_mails(forum.ports, forum.now)
    [page] = forum.ports.store.query(AudiencePage, Query())
    while page.due_at is not None:
        deliver(forum.ports, f"page:{page.id}")
        page = forum.ports.store.get(AudiencePage, page.id)
        if page.due_at is not None:
            pauses[len(taken)].append(page.due_at - forum.now)
            forum.at(page.due_at)

    assert pauses == {0: [n * MINUTE for n in (1, 2, 4, 8, 16)], 10: [n * MINUTE for n in (1, 2, 4, 8, 16)]}


def test_what_a_dead_worker_held_is_taken_over_when_its_lease_ends_without_another_planning_run(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)

    class Killed(BaseException):
        pass

    def die(mail):
        if len(taken) == 4:
            raise Killed

    taken = sending(die)
    with pytest.raises(Killed):
        forum.deliver()
    sending(lambda mail: None)
    forum.later(seconds=30)
    plan_mails(forum.ports, forum.now)
    forum.deliver()
    assert len(forum.mails) == 4

    forum.at(START - DAY + LEASE).deliver()

    assert len(forum.mails) == len(set(recipients(forum))) == 10


def test_a_lease_of_a_clock_that_ran_ahead_does_not_hold_up_work_once_it_is_set_right(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    [page] = forum.ports.store.query(AudiencePage, Query())

    class Killed(BaseException):
        pass

    def die(mail):
        raise Killed

    sending(die)
    forum.later(hours=3)
    with pytest.raises(Killed):
        deliver(forum.ports, f"page:{page.id}")
    sending(lambda mail: None)
    forum.at(START - DAY + MINUTE).run()

    assert len(forum.mails) == 5


def test_a_clock_that_is_set_back_during_a_page_neither_stops_it_nor_repeats_a_mail(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - timedelta(hours=20))

    def back(mail):
        if len(taken) == 3:
            forum.later(hours=-2)

    taken = sending(back)
    forum.run()
    for _ in range(20):
        forum.later(minutes=15).run()

    assert len(forum.mails) == len(set(recipients(forum))) == 10


@pytest.mark.slow
def test_a_confirmation_leaves_soon_although_a_slow_server_is_given_thousands_of_reminders(forum, sending):
    meeting = forum.meeting()
    forum.crowd(meeting, 100)
    forum.at(START - DAY)
    asked = []
    left = []

    def slow(mail):
        forum.later(seconds=2)
        if mail.recipient == "anna@example.org":
            left.append(forum.now)
        elif len(taken) == 20:
            asked.append(forum.now)
            forum.sign_up(meeting)

    taken = sending(slow)
    forum.run()

    assert len(taken) == len(set(taken)) == 101
    assert left[0] - asked[0] < timedelta(seconds=30)


@pytest.mark.slow
def test_a_confirmation_leaves_soon_although_the_pace_is_slow_and_the_pace_is_kept(tmp_path, monkeypatch):
    forum = Forum(tmp_path, mail_rate=30)
    meeting = forum.meeting()
    forum.at(START - DAY - timedelta(minutes=3)).crowd(meeting, 60)
    times = []
    left = []
    take = type(forum.ports.mail).send

    def note(self, mail):
        times.append(forum.now)
        if mail.recipient.startswith("stranger"):
            left.append(forum.now)
        take(self, mail)

    monkeypatch.setattr(type(forum.ports.mail), "send", note)
    forum.run()
    asked = forum.now + timedelta(seconds=7)
    while forum.now < START - DAY + timedelta(minutes=3):
        if forum.now == asked:
            for number in range(3):
                forum.sign_up(meeting, f"stranger{number}@example.org")
        forum.deliver().later(seconds=1)

    assert len(times) == 63
    assert len(left) == 3
    assert left[0] - asked < timedelta(seconds=15)
    assert left[-1] - asked < timedelta(seconds=45), "strangers have a quarter of the pace"
    for moment in times:
        assert sum(moment <= each < moment + MINUTE for each in times) <= 30
    forum.close()
