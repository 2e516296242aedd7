"""Five mails a day to one mailbox, whatever strangers do, and whatever its owner does meanwhile."""

from datetime import timedelta

import pytest

from dela.attending.confirm import confirm
from dela.attending.leave import leave
from dela.attending.limits import RecipientLimit
from dela.attending.own_data import erase
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.ledger import Message
from dela.store.contract import Query
from tests.support.everything import documents
from tests.support.forum import NOW, START

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ADDRESS = "anna@example.org"


def caused_by_strangers(forum) -> int:
    """How many of the mails so far anyone could cause."""
    return forum.ports.store.count(Message, Query(equal={"unproven": True}))


def leaves(forum, id: str) -> None:
    leave(forum.ports, id, forum.now)


def confirms_and_leaves(forum, id: str) -> None:
    if forum.registration(id).state is not RegistrationState.LEFT:
        confirm(forum.ports, id, forum.now)
    leave(forum.ports, id, forum.now)


def erases(forum, id: str) -> None:
    erase(forum.ports, id)


def comes_too_late(forum, id: str) -> None:
    registration = forum.registration(id)
    forum.ports.store.transact(lambda store: store.put(registration.model_copy(update={"expires_at": forum.now})))


@pytest.mark.parametrize("change", [leaves, confirms_and_leaves, erases, comes_too_late])
def test_no_change_of_state_lets_a_stranger_begin_anew(forum, change):
    """Leaving and signing up 200 times made 201 mails."""
    meeting = forum.meeting()
    for _ in range(200):
        id = forum.later(seconds=1).sign_up(meeting)
        forum.deliver()
        if forum.registration(id) is not None:
            change(forum, id)

    asked = [mail for mail in forum.mails_to(ADDRESS) if mail["Subject"].startswith("Bekräfta")]
    assert len(asked) == 5


def test_it_holds_over_all_meetings_and_whoever_signs_up_for_two_at_once_gets_two(forum):
    meetings = [forum.meeting(START + each * DAY) for each in range(7)]
    for meeting in meetings:
        forum.sign_up(meeting)
    forum.deliver()

    assert len(forum.mails) == 5
    assert forum.ports.store.count(Registration, Query()) == 5, "what is not mailed changes nothing"
    forum.at(NOW + DAY).sign_up(meetings[-1])
    assert len(forum.deliver().mails) == 6


def test_sub_addresses_count_as_one_mailbox_and_stay_different_people(forum):
    meeting = forum.meeting()
    ids = {forum.sign_up(meeting, f"Anna+{number}@Example.org") for number in range(8)}
    forum.deliver()

    assert len(ids) == 8
    assert len({str(mail["To"]) for mail in forum.mails}) == len(forum.mails) == 5
    assert len(forum.later(minutes=1).deliver().mails) == 5
    forum.sign_up(meeting, "anna@example.net")
    forum.sign_up(meeting, "+anna@example.org")
    forum.sign_up(meeting, "+nils@example.org")
    assert len(forum.deliver().mails) == 8


def test_leaving_ends_the_pause_between_two_mails(forum):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    leave(forum.ports, id, forum.later(minutes=1).now)
    forum.later(minutes=1).sign_up(meeting)

    assert caused_by_strangers(forum) == 2
    assert forum.registration(id).state is RegistrationState.PENDING


def test_what_an_older_release_remembered_counts_as_well(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.ports.store.transact(lambda store: store.delete(RecipientLimit, only_limit(forum).id))
    old = {"signup_mails": tuple(forum.now - each * HOUR for each in range(1, 5)), "mailed_at": None}
    kept = forum.registration(id).model_copy(update=old)
    forum.ports.store.transact(lambda store: store.put(kept))

    for _ in range(4):
        forum.later(minutes=11).sign_up(meeting)

    assert caused_by_strangers(forum) == 2, "the first, and a fifth after four"
    assert forum.registration(id).signup_mails == ()


def test_what_is_remembered_is_an_hmac_and_gone_after_a_day(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    limit = only_limit(forum)
    assert ADDRESS not in limit.model_dump_json()
    assert forum.registration(id).person not in limit.model_dump_json()
    erase(forum.ports, id)
    assert {each.collection for each in documents(forum.ports.store)} >= {"limits", "causes"}

    forum.at(NOW + DAY - SECOND).run()
    assert forum.ports.store.count(RecipientLimit, Query()) == 1
    forum.at(NOW + DAY).run()
    assert forum.ports.store.count(RecipientLimit, Query()) == 0


def test_a_repeat_that_sends_nothing_is_not_remembered_for_longer(forum):
    meeting = forum.meeting()
    forum.sign_up(meeting)
    forum.later(minutes=5).sign_up(meeting)

    assert only_limit(forum).forget_at == NOW + DAY


def only_limit(forum) -> RecipientLimit:
    [limit] = forum.ports.store.query(RecipientLimit, Query())
    return limit
