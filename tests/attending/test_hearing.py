"""Where no meeting is planned one leaves an address, and is told once of the next meeting: one press, and one is in."""

from datetime import timedelta

import pytest

from dela.attending.hearing import ask_to_hear, confirm_hearing, forget_told
from dela.attending.links import HEAR, HEAR_NO_MORE
from dela.attending.listener import Listener
from dela.attending.own_data import erase, export
from dela.attending.registration import Registration, Wishes
from dela.mailing.ledger import Message
from dela.meetings.run_meetings import cancel_meeting
from dela.store.contract import Query
from dela.store.identity import person_id
from tests.support.forum import FORM, START, link
from tests.support.visits import everything, links_of, said, text_of_page

DAY = timedelta(days=1)
ADDRESS = FORM["email"]


def listeners(forum):
    return list(forum.ports.store.query(Listener, Query()))


def hears(forum, address=ADDRESS, language="en"):
    """A confirmed listener's id."""
    wishes = Wishes(name="Anna Andersson", municipality="Åre", language=language)
    ask_to_hear(forum.ports, address, wishes, forum.now)
    id = person_id(forum.settings.identity_key, address)
    confirm_hearing(forum.ports, id, forum.now)
    forum.deliver()
    return id


def to(forum, purpose, id):
    return links_of(forum).to(purpose, id, forum.now)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_without_a_meeting_takes_an_address_and_its_owner_confirms_it(forum, language):
    page = forum.web("signup").get(f"/signup?lang={language}").text
    assert f'action="http://localhost:8080/signup/next?lang={language}"' in page
    answer = forum.web("signup").post(f"/signup/next?lang={language}", data={**FORM, "language": language})
    assert answer.status_code == 303
    assert said("Check your inbox", language) in text_of_page(forum.open(answer.headers["Location"]).text)
    forum.deliver()
    url = link(forum.last_mail, "/next/")
    before = everything(forum)
    assert forum.open(url).status_code == forum.open(url, "HEAD").status_code == 200
    assert everything(forum) == before, "looking confirms nothing"
    assert said("Hello %(name)s! One more tap and we write to you", language, name=FORM["name"]) in text_of_page(
        forum.open(f"{url}?lang={language}").text
    )
    forum.open(url, "POST")
    assert [each.confirmed for each in listeners(forum)] == [True]


def test_what_is_wrong_is_named_and_kept_as_at_a_sign_up(forum):
    back = forum.web("signup").post("/signup/next?lang=en", data={**FORM, "email": "anna@"})
    assert back.status_code == 422
    assert 'id="email-error"' in back.text
    assert FORM["name"] in back.text
    assert listeners(forum) == []


def test_once_a_meeting_is_planned_its_own_form_comes_back_filled_in(forum):
    forum.meeting()
    back = forum.web("signup").post("/signup/next?lang=en", data=FORM)
    assert back.status_code == 409
    assert "Sign me up" in back.text
    assert f'value="{ADDRESS}"' in back.text
    assert listeners(forum) == []


def test_when_the_next_meeting_is_planned_each_is_told_once_and_one_press_takes_a_place(forum):
    id = hears(forum)
    hears(forum, "other@example.org")
    forum.later(days=2)
    meeting = forum.meeting()
    forum.run().later(minutes=15).run()
    told = [mail for mail in forum.mails if str(mail["Subject"]).startswith("The next meeting is planned")]
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in told) == [ADDRESS, "other@example.org"]
    assert "Thursday 3 December, 12:10" in told[0]["Subject"]
    assert "/signup/no-more/" in str(told[0]["List-Unsubscribe"])

    url = link(forum.mails_to(ADDRESS)[-1], "/next/")
    assert "Take a place" in forum.open(f"{url}?lang=en").text
    for _ in range(2):
        pressed = forum.open(url, "POST", data={"action": "take", "meeting": meeting.id})
        assert pressed.status_code == 303
    forum.deliver()
    there = [each for each in forum.ports.store.query(Registration, Query()) if each.person == id]
    assert [(each.email, each.confirmed, each.municipality) for each in there] == [(ADDRESS, True, "Åre")]
    assert [str(mail["Subject"]).partition(":")[0] for mail in forum.mails_to(ADDRESS)][-1] == "You have a place"


def test_only_the_next_of_the_years_meetings_is_news(forum):
    hears(forum)
    forum.later(days=2)
    for number in range(4):
        forum.meeting(START + number * 90 * DAY)
    forum.travel(START + 100 * DAY)
    subjects = [str(mail["Subject"]) for mail in forum.mails_to(ADDRESS)]
    assert len([each for each in subjects if each.startswith("The next meeting")]) == 1


def test_if_that_meeting_is_cancelled_the_next_one_is_news_again(forum):
    hears(forum)
    forum.later(days=2)
    first = forum.meeting()
    forum.run()
    cancel_meeting(forum.ports, first.id, forum.later(days=1).now)
    forum.later(days=1).meeting(START + 30 * DAY)
    forum.run()
    subjects = [str(mail["Subject"]) for mail in forum.mails_to(ADDRESS)]
    assert len([each for each in subjects if each.startswith("The next meeting")]) == 2


def test_with_nobody_waiting_a_new_meeting_plans_no_mail(forum):
    forum.meeting()
    forum.run()
    assert not [each for each in everything(forum) if "pages" in each or "plans" in each]
    assert forum.mails == []


def test_who_waits_already_is_mailed_that_they_do_and_the_answer_is_the_same(forum):
    first = forum.web("signup").post("/signup/next?lang=en", data=FORM)
    confirm_hearing(forum.ports, person_id(forum.settings.identity_key, ADDRESS), forum.now)
    second = forum.later(minutes=11).web("signup").post("/signup/next?lang=en", data={**FORM, "name": "Somebody else"})
    third = forum.later(minutes=1).web("signup").post("/signup/next?lang=en", data=FORM)
    assert first.headers["Location"] == second.headers["Location"] == third.headers["Location"]
    forum.deliver()
    assert [str(mail["Subject"]) for mail in forum.mails] == ["Du står redan på listan"]
    assert [each.name for each in listeners(forum)] == [FORM["name"]]


def test_who_does_not_confirm_is_gone_after_48_hours_mails_and_all(forum):
    forum.web("signup").post("/signup/next", data=FORM)
    url = links_of(forum).to(HEAR, person_id(forum.settings.identity_key, ADDRESS), forum.now)
    forum.deliver().later(hours=48)
    assert forum.open(url).status_code == forum.open(url, "POST").status_code == 410
    forum.later(seconds=1).run()
    assert listeners(forum) == []
    assert forum.ports.store.count(Message, Query()) == 0
    assert forum.open(url).status_code == 404


def test_who_was_told_is_forgotten_when_that_meeting_has_been_held(forum):
    hears(forum)
    forum.later(days=2).meeting()
    forum.travel(START)
    assert len(listeners(forum)) == 1
    forum.travel(START + 2 * DAY)
    assert listeners(forum) == []


def test_who_waits_in_vain_is_forgotten_after_the_time_for_contacts(forum):
    hears(forum)
    forum.later(days=365)
    assert forget_told(forum.ports, forum.now) == 0
    forum.later(days=1)
    assert forget_told(forum.ports, forum.now) == 1


@pytest.mark.parametrize("purpose", [HEAR, HEAR_NO_MORE])
def test_everyone_can_be_erased_by_the_links_in_their_mails(forum, purpose):
    url = to(forum, purpose, hears(forum))
    before = everything(forum)
    assert forum.open(url).status_code == 200
    assert everything(forum) == before
    assert forum.open(url, "POST", data={"action": "forget"}).status_code == 200
    assert listeners(forum) == []
    assert forum.open(url, "POST", data={"action": "forget"}).status_code == 200, "twice is once"


def test_a_persons_data_and_their_erasure_reach_the_list(forum):
    id = hears(forum)
    registration = forum.confirmed(forum.later(days=1).meeting(), ADDRESS)
    (waiting,) = export(forum.ports, registration)["waiting_for_the_next_meeting"]
    assert waiting["email"] == ADDRESS
    assert "person" not in waiting
    erase(forum.ports, registration)
    assert forum.ports.store.get(Listener, id) is None
