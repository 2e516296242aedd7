from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.duties.run_duties import plan_mails
from dela.errors import TemporaryFailure
from dela.mailing import lease
from dela.mailing import to_audience as audience
from dela.mailing.deliver import deliver
from dela.mailing.ledger import AudiencePage, AudiencePlan, Message, MessageState
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import START, calendar_of, text_of

DAY = timedelta(days=1)


def subjects(forum, address="anna@example.org"):
    return [str(mail["Subject"]).split(":")[0] for mail in forum.mails_to(address)]


def test_everyone_is_reminded_once_at_each_of_the_three_times(forum):
    meeting = forum.meeting()
    ids = forum.crowd(meeting, 30)

    forum.travel(START + DAY)

    assert len(forum.mails) == 3 * len(ids)
    for number in range(30):
        received = subjects(forum, f"person{number}@example.org")
        assert received == ["Vi ses om 7 dagar", "Vi ses i morgon", "Vi ses om en timme"]


def test_whoever_calls_the_workers_however_often_nobody_is_reminded_twice(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY)

    for _ in range(4):
        forum.run()
        for kind in ("page", "message", "nonsense", ""):
            deliver(forum.ports, f"{kind}:reminder.1440m@20261203.{meeting.id}.0")
        deliver(forum.ports, None)

    assert len(forum.mails) == 5


def test_who_confirms_within_a_reminders_time_gets_the_confirmation_only(forum):
    meeting = forum.meeting()
    forum.at(START - timedelta(hours=20))
    forum.confirmed(meeting)

    forum.travel(START)

    assert subjects(forum) == ["Du har en plats", "Vi ses om en timme"]


def test_a_run_that_was_missed_is_made_up_for_but_nothing_stale_is_sent(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 1)

    forum.at(START - timedelta(hours=3)).run()

    assert subjects(forum, "person0") == ["Vi ses i dag"]


def test_who_left_is_not_reminded(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    forum.deliver().later(hours=1)
    leave(forum.ports, id, forum.now)

    forum.travel(START)

    assert subjects(forum) == ["Du har en plats", "Du är avanmäld"]


def test_who_leaves_after_the_mail_was_planned_does_not_get_it(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    forum.deliver().at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)
    leave(forum.ports, id, forum.now)
    forum.deliver().at(START - DAY).deliver()

    assert subjects(forum) == ["Du har en plats", "Du är avanmäld"]


def test_a_moved_meeting_corrects_everyone_once_and_reminds_of_the_new_time_only(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.deliver().later(hours=1)

    move_meeting(forum.ports, meeting.id, START + timedelta(days=10), forum.now)
    forum.travel(START + timedelta(days=11))

    assert subjects(forum) == [
        "Du har en plats",
        "Ny tid",
        "Vi ses om 7 dagar",
        "Vi ses i morgon",
        "Vi ses om en timme",
    ]
    assert all("13 december" in text_of(mail) for mail in forum.mails[1:])
    assert b"SEQUENCE:1" in calendar_of(forum.mails[1]).get_payload(decode=True)


def test_moved_twice_before_anything_left_is_one_correction_never_a_stale_one(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.deliver().later(hours=1)

    move_meeting(forum.ports, meeting.id, START + timedelta(days=10), forum.now)
    move_meeting(forum.ports, meeting.id, START + timedelta(days=20), forum.later(seconds=1).now)
    forum.run()

    assert subjects(forum) == ["Du har en plats", "Ny tid"]
    assert "23 december" in text_of(forum.last_mail)


def test_moved_nearer_the_next_useful_reminder_goes_at_once(forum):
    meeting = forum.meeting(START + timedelta(days=30))
    forum.confirmed(meeting)
    forum.deliver().later(hours=1)

    move_meeting(forum.ports, meeting.id, START - timedelta(days=5), forum.now)
    forum.run()

    assert subjects(forum) == ["Du har en plats", "Ny tid", "Vi ses om 4 dagar"]


def test_a_meeting_moved_between_planning_and_sending_sends_nothing_of_the_old_time(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 3)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)

    move_meeting(forum.ports, meeting.id, START + timedelta(days=3), forum.now)
    forum.travel(START)

    assert {subject for number in range(3) for subject in subjects(forum, f"person{number}@")} == {"Ny tid"}


def test_a_cancelled_meeting_tells_everyone_once_with_the_calendar_and_reminds_nobody(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.deliver().later(hours=1)

    cancel_meeting(forum.ports, meeting.id, forum.now)
    cancel_meeting(forum.ports, meeting.id, forum.now)
    forum.travel(START + DAY)

    assert subjects(forum) == ["Du har en plats", "Inställt"]
    calendar = calendar_of(forum.last_mail)
    assert calendar.get_param("method") == "CANCEL"
    assert b"METHOD:CANCEL" in calendar.get_payload(decode=True)


def test_a_page_that_was_left_in_the_middle_is_taken_over_without_a_second_mail(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 40)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    page = forum.ports.store.query(AudiencePage, Query())[0]

    class Killed(BaseException):
        pass

    sent = 0
    take = type(forum.ports.mail).send

    def die_after_some(self, mail):
        nonlocal sent
        take(self, mail)
        sent += 1
        if sent == 17:
            raise Killed

    monkeypatch.setattr(type(forum.ports.mail), "send", die_after_some)
    with pytest.raises(Killed):
        deliver(forum.ports, f"page:{page.id}")
    forum.later(minutes=1).run()
    assert sent == 17, "the lease still holds"

    forum.later(minutes=5).run()

    ids = [mail["Message-ID"] for mail in forum.mails]
    assert len(ids) == 41
    assert len(set(ids)) == 40, "only the mail in the air is repeated, with its Message-ID"


def test_a_holder_that_slept_beyond_its_lease_sends_nothing_more(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    page = forum.ports.store.query(AudiencePage, Query())[0]
    take = type(forum.ports.mail).send
    asleep = False

    def sleep_in_the_middle(self, mail):
        nonlocal asleep
        take(self, mail)
        if len(forum.mails) == 4 and not asleep:
            asleep = True
            forum.at(START - DAY + lease.LEASE + timedelta(seconds=1))
            deliver(forum.ports, f"page:{page.id}")

    monkeypatch.setattr(type(forum.ports.mail), "send", sleep_in_the_middle)
    deliver(forum.ports, f"page:{page.id}")

    assert len({mail["Message-ID"] for mail in forum.mails}) == 10
    assert len(forum.mails) <= 11


def test_one_bad_address_does_not_hold_up_the_others(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - DAY)
    take = type(forum.ports.mail).send

    def greylist_one(self, mail):
        if mail.recipient == "person3@example.org" and forum.now < START - DAY + timedelta(minutes=1):
            raise TemporaryFailure("the mail server answered 450")
        take(self, mail)

    monkeypatch.setattr(type(forum.ports.mail), "send", greylist_one)
    forum.run()
    assert len(forum.mails) == 9

    forum.later(minutes=2).run()
    assert len(forum.mails) == 10


def test_a_server_that_is_away_is_waited_for_and_nobody_is_lost_or_mailed_twice(forum, monkeypatch):
    meeting = forum.meeting()
    forum.crowd(meeting, 10)
    forum.at(START - DAY)
    take = type(forum.ports.mail).send
    away = True

    def maybe(self, mail):
        if away:
            raise TemporaryFailure("the mail server can't be used now: OSError")
        take(self, mail)

    monkeypatch.setattr(type(forum.ports.mail), "send", maybe)
    for _ in range(5):
        forum.run().later(minutes=10)
    assert forum.mails == []

    away = False
    for _ in range(10):
        forum.run().later(minutes=10)
    assert len(forum.mails) == 10


def test_a_large_audience_is_cut_into_pages_by_one_count(forum, monkeypatch):
    monkeypatch.setattr(audience, "PAGE_SIZE", 10)
    meeting = forum.meeting()
    forum.crowd(meeting, 100)
    forum.at(START - DAY)
    before = forum.ports.store.operations.reads

    plan_mails(forum.ports, forum.now)

    assert forum.ports.store.count(AudiencePage, Query()) == 10
    assert forum.ports.store.operations.reads - before < 20
    forum.deliver()
    assert len(forum.mails) == 100


def test_one_reminded_person_costs_about_one_write(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 200)
    forum.at(START - DAY)
    before = forum.ports.store.operations.writes

    forum.run()

    assert forum.ports.store.operations.writes - before <= 200 * 1.05 + 10


def test_reminders_know_people_who_confirm_after_the_page_was_planned(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 1)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)
    forum.confirmed(meeting)
    forum.deliver()

    forum.at(START - DAY).deliver()

    assert subjects(forum) == ["Du har en plats", "Vi ses i morgon"]


def test_a_pace_is_kept_in_any_minute_and_everyone_is_mailed_in_time(tmp_path):
    from tests.support.forum import Forum

    forum = Forum(tmp_path, mail_rate=30)
    meeting = forum.meeting()
    forum.at(START - 2 * DAY).crowd(meeting, 100)
    times = []
    take = type(forum.ports.mail).send

    def note(self, mail):
        times.append(forum.now)
        take(self, mail)

    type(forum.ports.mail).send = note
    try:
        forum.at(START - DAY - timedelta(hours=1))
        while forum.now < START - DAY + timedelta(minutes=5):
            forum.run().later(seconds=1)
    finally:
        type(forum.ports.mail).send = take

    assert len(times) == 100
    assert max(times) <= START - DAY
    for moment in times:
        assert sum(moment <= each < moment + timedelta(minutes=1) for each in times) <= 30
    forum.close()


def test_what_was_planned_but_never_woken_is_found_by_the_next_run(forum, monkeypatch):
    meeting = forum.meeting()
    monkeypatch.setattr(type(forum.ports.queue), "enqueue", lambda *_: (_ for _ in ()).throw(TemporaryFailure("away")))
    forum.sign_up(meeting)
    monkeypatch.undo()
    forum.deliver()
    assert forum.mails == []

    forum.later(minutes=15).run()

    assert len(forum.mails) == 1


def test_the_plan_of_an_audience_is_made_once(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 3)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    plan_mails(forum.ports, forum.now)

    assert forum.ports.store.count(AudiencePlan, Query()) == 1


def test_a_refused_address_is_final_and_seen(forum, monkeypatch):
    from dela.errors import Refused

    meeting = forum.meeting()
    forum.sign_up(meeting)

    def refuse(self, mail):
        raise Refused("the mail server answered 550")

    monkeypatch.setattr(type(forum.ports.mail), "send", refuse)
    forum.run().later(hours=1).run()

    message = forum.ports.store.query(Message, Query())[0]
    assert (message.state, message.outcome) == (MessageState.FAILED, "the mail server answered 550")
