from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.registration import Registration, RegistrationState
from dela.errors import Conflict, Expired, NotFound
from dela.mailing.ledger import Message
from dela.store.contract import Query
from tests.support.forum import START, link, text_of


def test_a_sign_up_waits_for_its_confirmation(forum):
    id = forum.sign_up(forum.meeting())

    assert forum.registration(id).state is RegistrationState.PENDING
    forum.deliver()
    assert "/signup/confirm/" in link(forum.last_mail, "/confirm/")


def test_confirming_twice_is_confirming_once(forum):
    id = forum.sign_up(forum.meeting())

    confirm(forum.ports, id, forum.now)
    confirm(forum.ports, id, forum.later(minutes=1).now)
    forum.deliver()

    assert [str(mail["Subject"])[:8] for mail in forum.mails] == ["Du har e"]


def test_one_address_however_it_is_written_is_one_registration(forum):
    meeting = forum.meeting()

    forum.sign_up(meeting, "anna@example.org")
    forum.later(hours=1).sign_up(meeting, "ANNA@Example.ORG")

    assert forum.ports.store.count(Registration, Query()) == 1


def test_repeated_sign_ups_within_ten_minutes_send_no_further_mail(forum):
    meeting = forum.meeting()
    for _ in range(5):
        forum.sign_up(meeting)
        forum.later(minutes=1)
    forum.deliver()
    assert len(forum.mails) == 1

    forum.later(minutes=10).sign_up(meeting)
    forum.deliver()
    assert len(forum.mails) == 2


def test_nobody_can_have_more_than_five_mails_a_day_sent_to_an_address(forum):
    meeting = forum.meeting()
    for _ in range(30):
        forum.sign_up(meeting)
        forum.deliver().later(minutes=11)

    assert len(forum.mails) == 5


def test_a_confirmed_person_who_signs_up_again_gets_their_own_links_and_stays_as_they_are(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting, name="Anna")
    forum.deliver().later(minutes=11)

    forum.sign_up(meeting, name="Somebody else")
    forum.deliver()

    assert "/join/" in link(forum.last_mail, "/join/")
    assert "Somebody else" not in text_of(forum.last_mail)
    assert forum.registration(id).name == "Anna"
    assert forum.registration(id).confirmed


def test_the_confirmation_mail_carries_no_words_of_the_stranger_who_typed_the_address(forum):
    forum.sign_up(forum.meeting(), name="Buy cheap things at evil.example")
    forum.deliver()

    assert b"evil.example" not in forum.last_mail.as_bytes()


def test_an_unconfirmed_sign_up_expires_is_erased_and_can_be_made_again(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.deliver().later(hours=49)
    with pytest.raises(Expired):
        confirm(forum.ports, id, forum.now)

    forum.run()
    assert forum.registration(id) is None
    assert forum.ports.store.count(Message, Query()) == 0

    forum.sign_up(meeting)
    forum.deliver()
    confirm(forum.ports, id, forum.now)
    assert forum.registration(id).confirmed


def test_who_left_may_return_at_once(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    leave(forum.ports, id, forum.now)
    forum.deliver()

    forum.sign_up(meeting)
    forum.deliver()

    confirm(forum.ports, id, forum.now)
    forum.deliver()
    assert forum.registration(id).confirmed
    assert [mail["Subject"].split(":")[0] for mail in forum.mails] == [
        "Du är avanmäld",
        "Bekräfta din plats",
        "Du har en plats",
    ]


def test_nobody_signs_up_for_a_meeting_that_is_unknown_or_over(forum):
    meeting = forum.meeting()
    with pytest.raises(NotFound):
        forum.sign_up(meeting.model_copy(update={"id": "2026-9"}))
    forum.at(START + timedelta(minutes=50))
    with pytest.raises(Conflict, match="ended"):
        forum.sign_up(meeting)


def test_the_last_seat_goes_once_although_many_confirm_at_the_same_time(forum):
    meeting = forum.meeting(capacity=3)
    ids = [forum.sign_up(meeting, f"a{number}@example.org") for number in range(12)]

    def try_to_confirm(id: str) -> bool:
        try:
            return confirm(forum.ports, id, forum.now).confirmed
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        seated = list(pool.map(try_to_confirm, ids))

    assert sum(seated) == 3


def test_who_comes_too_late_takes_a_seat_at_the_next_meeting_with_one_press(forum):
    first, second = forum.meeting(capacity=1), forum.meeting(START + timedelta(days=90))
    late = forum.sign_up(first, "late@example.org")
    forum.confirmed(first, "early@example.org")
    with pytest.raises(Conflict, match="full"):
        confirm(forum.ports, late, forum.now)

    taken = confirm_for_next(forum.ports, late, forum.now)

    assert (taken.meeting, taken.confirmed) == (second.id, True)


def test_work_of_a_transaction_may_run_twice(forum):
    forum.ports.store._run_twice = True
    meeting = forum.meeting()

    id = forum.confirmed(meeting)
    forum.run()

    assert forum.registration(id).confirmed
    assert len(forum.mails_to("anna@example.org")) == 1
