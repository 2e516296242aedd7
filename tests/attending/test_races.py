"""Many at once: what may happen once happens once, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.enter_room import enter_room
from dela.attending.leave import leave
from dela.attending.registration import Registration
from dela.errors import Conflict
from dela.mailing.deliver import deliver
from dela.mailing.ledger import Message
from dela.store.contract import Query
from tests.support.forum import ROOM, START

MANY = 20


def at_once(work, many=MANY):
    """Run `work` in so many threads that start together; answers what each came to."""
    barrier = Barrier(many)

    def one(number):
        barrier.wait()
        try:
            return work(number)
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def messages(forum):
    return forum.ports.store.query(Message, Query())


def test_twenty_sign_ups_of_one_address_are_one_registration_and_one_mail(forum):
    meeting = forum.meeting()

    spellings = ["anna@example.org", "Anna@Example.org", "ANNA@example.org"]
    at_once(lambda number: forum.sign_up(meeting, spellings[number % 3]))
    forum.deliver()

    assert forum.ports.store.count(Registration, Query()) == 1
    assert len(messages(forum)) == len(forum.mails) == 1


def test_twenty_sign_ups_of_a_confirmed_person_send_one_mail_more(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    forum.deliver().later(hours=1)

    at_once(lambda _: forum.sign_up(meeting, name="Somebody else"))
    forum.deliver()

    assert [message.reason for message in messages(forum)].count("already") == 1
    assert forum.registration(id).name == "Anna Andersson"
    assert len(forum.mails) == 2


def test_twenty_presses_confirm_once_and_send_one_mail(forum):
    id = forum.sign_up(forum.meeting())

    answers = at_once(lambda _: confirm(forum.ports, id, forum.now))
    forum.deliver()

    assert all(answer.confirmed for answer in answers)
    assert [message.reason for message in messages(forum)].count("confirmed") == 1
    assert len(forum.mails_to("anna@example.org")) == 1, "the first mail is no longer true"


def test_confirming_and_leaving_at_once_ends_in_a_state_that_its_mails_tell(forum):
    id = forum.sign_up(forum.meeting())

    at_once(lambda number: (confirm if number % 2 else leave)(forum.ports, id, forum.now))
    forum.deliver()

    assert forum.registration(id).state in ("left", "confirmed")
    told = [str(mail["Subject"]).partition(":")[0] for mail in forum.mails]
    assert told in ([], ["Du är avanmäld"]), "who left without having confirmed is told nothing"


def test_twenty_presses_count_one_person_as_present_once(forum):
    """Each presses at a moment of their own: with a clock that stands still, writing it twice would look like once."""
    id = forum.confirmed(forum.meeting())
    forum.at(START)
    before = forum.ports.store.operations.writes

    assert set(at_once(lambda number: enter_room(forum.ports, id, START + timedelta(seconds=number)))) == {ROOM}

    assert forum.ports.store.operations.writes - before == 1
    first = forum.registration(id).present_at
    assert START <= first < START + timedelta(seconds=MANY)
    enter_room(forum.ports, id, START + timedelta(minutes=5))
    assert forum.registration(id).present_at == first


def test_the_last_seat_of_the_next_meeting_goes_once_and_nobody_gets_two(forum):
    full, small, large = forum.meeting(capacity=1), None, None
    small = forum.meeting(START.replace(day=10), capacity=3)
    large = forum.meeting(START.replace(day=17), capacity=4)
    late = [forum.sign_up(full, f"late{number}@example.org") for number in range(10)]
    forum.confirmed(full, "early@example.org")

    seats = at_once(lambda number: confirm_for_next(forum.ports, late[number % 10], forum.now))

    taken = {seat.id for seat in seats if not isinstance(seat, Conflict)}
    stored = [each for each in forum.ports.store.query(Registration, Query()) if each.confirmed]
    by_meeting = {meeting.id: sum(each.meeting == meeting.id for each in stored) for meeting in (small, large)}
    assert by_meeting == {small.id: 3, large.id: 4}
    assert len(taken) == 7
    people = [each.person for each in stored if each.meeting != full.id]
    assert len(people) == len(set(people))


def test_asking_twenty_times_for_a_fresh_link_sends_one(forum):
    id = forum.confirmed(forum.meeting())
    forum.deliver()

    assert at_once(lambda _: ask_for_own_data(forum.ports, id, forum.now)) == [None] * MANY
    forum.deliver()

    assert len(forum.mails) == 2


@pytest.mark.parametrize("workers", [8])
def test_many_workers_that_deliver_one_mail_send_it_once(forum, workers):
    forum.sign_up(forum.meeting())
    key = f"message:{messages(forum)[0].id}"

    at_once(lambda _: deliver(forum.ports, key), workers)

    assert len(forum.mails) == 1
