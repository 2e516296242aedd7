"""Anyone can type an address: a link confirms what stood when it was mailed, and nothing that a stranger typed."""

from datetime import timedelta

import pytest

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.registration import Registration, RegistrationState
from dela.attending.standing import Closed, Standing
from dela.errors import Expired
from dela.meetings.run_meetings import cancel_meeting
from dela.store.contract import Query
from dela.store.identity import person_id, person_id_of_old, registration_id
from tests.support.forum import START, link, text_of

STRANGERS = {"name": "Nordea: log in at https://evil.example", "organisation": "Evil", "notify_next": True}


def links_to_anna(forum, address="anna@example.org"):
    return [link(mail, "/confirm/") for mail in forum.mails_to(address)]


def test_a_repetition_that_is_not_mailed_changes_nothing(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    before = forum.registration(id)
    forum.later(minutes=9).sign_up(meeting, **STRANGERS)

    assert forum.registration(id) == before


@pytest.mark.parametrize("pressed", [0, 1])
def test_each_mails_link_confirms_what_its_own_sign_up_said(forum, pressed):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.deliver().later(minutes=11).sign_up(meeting, **STRANGERS)
    urls = links_to_anna(forum.deliver())
    shown = forum.open(urls[pressed]).text
    forum.open(urls[pressed], "POST")
    forum.deliver()

    said = forum.registration(id)
    assert said.state is RegistrationState.CONFIRMED
    strangers = pressed == 1
    assert (said.name, said.organisation, said.notify_next) == (
        (STRANGERS["name"], "Evil", True) if strangers else ("Anna Andersson", "", False)
    )
    assert ("evil.example" in shown) is strangers
    assert ("evil.example" in text_of(forum.last_mail)) is strangers, "the welcome says what was confirmed"


def test_after_one_was_confirmed_the_other_links_change_nothing(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.deliver().later(minutes=11).sign_up(meeting, **STRANGERS)
    mine, theirs = links_to_anna(forum.deliver())
    forum.open(mine, "POST")
    kept = forum.registration(id)
    forum.open(theirs, "POST")

    assert forum.registration(id) == kept
    assert kept.asked == ()


def test_a_link_that_others_have_followed_says_that_it_was_valid_once(forum):
    """Who leaves and signs up again has a new link; the old one does not confirm what it never asked."""
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    (old,) = links_to_anna(forum.deliver())
    forum.open(old, "POST")
    leave(forum.ports, id, forum.now)
    forum.later(minutes=11).sign_up(meeting, **STRANGERS)

    assert forum.open(old).status_code == forum.open(old, "POST").status_code == 410
    assert forum.registration(id).state is RegistrationState.PENDING
    with pytest.raises(Expired):
        confirm(forum.ports, id, forum.now, attempt=1)


def test_what_waits_for_an_answer_is_bounded(forum):
    meeting = forum.meeting()
    for _ in range(30):
        id = forum.later(hours=5).sign_up(meeting, **STRANGERS)

    assert len(forum.registration(id).asked) <= 5


def test_a_registration_that_an_older_release_stored_confirms_what_it_says(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    older = forum.registration(id).model_copy(update={"asked": ()})
    forum.ports.store.transact(lambda store: store.put(older))
    forum.later(minutes=11).sign_up(meeting, **STRANGERS)
    confirm(forum.ports, id, forum.now)

    assert forum.registration(id).name == "Anna Andersson"


def test_addresses_that_only_unicode_takes_for_one_are_two_people(forum):
    """Straße and strasse, larſ and lars: mail servers keep them apart."""
    meeting = forum.meeting()
    for address in ("lars@example.org", "larſ@example.org", "straße@example.org", "strasse@example.org"):
        forum.sign_up(meeting, address)
    forum.deliver()

    stored = forum.ports.store.query(Registration, Query(limit=50))
    mailed = [str(mail["To"]).encode(errors="surrogateescape").decode() for mail in forum.mails]
    assert sorted(each.email for each in stored) == sorted(mailed)
    assert len({each.person for each in stored}) == 4


def test_the_case_of_ascii_makes_no_second_person_and_the_address_stays_as_it_was_typed_first(forum):
    meeting = forum.meeting()
    id = forum.sign_up(meeting, "anna@example.org")
    forum.later(minutes=11).sign_up(meeting, "ANNA@Example.ORG")
    forum.deliver()

    assert forum.registration(id).email == "anna@example.org"
    assert {str(mail["To"]) for mail in forum.mails} == {"anna@example.org"}


@pytest.mark.parametrize("stored_as", ["Åsa@example.org", "larſ@example.org"])
def test_who_is_stored_under_the_first_releases_id_stays_found(forum, stored_as):
    meeting = forum.meeting()
    key = forum.settings.identity_key
    new = forum.confirmed(meeting, stored_as)
    old = registration_id(meeting.id, person_id_of_old(key, stored_as))
    person = person_id_of_old(key, stored_as)
    moved = forum.registration(new).model_copy(update={"id": old, "person": person})

    def as_of_old(store):
        store.delete(Registration, new)
        store.put(moved)

    forum.ports.store.transact(as_of_old)
    forum.later(minutes=11).sign_up(meeting, stored_as)
    assert [each.id for each in forum.ports.store.query(Registration, Query(limit=50))] == [old]


def test_who_shares_the_first_releases_id_with_another_gets_an_id_of_their_own(forum):
    meeting, key = forum.meeting(), forum.settings.identity_key
    id = registration_id(meeting.id, person_id_of_old(key, "larſ@example.org"))
    assert id == registration_id(meeting.id, person_id(key, "lars@example.org"))
    forum.sign_up(meeting, "lars@example.org")
    older = forum.registration(id).model_copy(update={"email": "larſ@example.org"})
    forum.ports.store.transact(lambda store: store.put(older))
    for _ in range(2):
        forum.later(minutes=11).sign_up(meeting, "lars@example.org")

    stored = forum.ports.store.query(Registration, Query(limit=50))
    assert sorted(each.email for each in stored) == ["lars@example.org", "larſ@example.org"]
    assert forum.registration(id).email == "larſ@example.org"


def test_the_next_date_is_taken_by_who_has_a_reason_only(forum):
    meeting, other = forum.meeting(), forum.meeting(START + timedelta(days=91))
    waiting = forum.sign_up(meeting)
    gone = forum.confirmed(meeting, "gone@example.org")
    leave(forum.ports, gone, forum.now)
    for id, standing in ((waiting, Standing.PENDING), (gone, Standing.LEFT)):
        with pytest.raises(Closed) as closed:
            confirm_for_next(forum.ports, id, forum.now)
        assert closed.value.standing is standing
    cancel_meeting(forum.ports, meeting.id, forum.now)
    with pytest.raises(Closed):
        confirm_for_next(forum.ports, gone, forum.now)

    assert confirm_for_next(forum.ports, waiting, forum.now).meeting == other.id
