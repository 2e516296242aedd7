"""One-click unsubscription (RFC 8058): one POST by a mail program, answered directly."""

from datetime import timedelta

import pytest

from dela.attending.registration import RegistrationState
from tests.support.forum import START
from tests.support.visits import everything, personal, said, text_of_page

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def anna(forum):
    return forum.confirmed(forum.meeting(), notify_next=True)


def header_link(mail):
    return str(mail["List-Unsubscribe"]).strip("<>")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_headers_link_takes_the_post_of_rfc_8058_and_answers_without_a_redirect(forum, anna, kind):
    forum.travel(START - timedelta(days=7))
    reminder = forum.last_mail
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    mails = len(forum.mails)
    answer = forum.open(header_link(reminder), "POST", data=ONE_CLICK, content_type=kind)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    left = forum.registration(anna)
    assert (left.state, left.notify_next) == (RegistrationState.LEFT, False)
    forum.travel(START + timedelta(days=1))
    assert len(forum.mails) == mails, "no mail at all, and no reminder any more"


def test_a_scanner_that_opens_the_link_changes_nothing_and_the_page_has_a_button(forum, anna):
    forum.travel(START - timedelta(days=7))
    url = header_link(forum.last_mail)
    before = everything(forum)
    for method in ("GET", "HEAD"):
        assert forum.open(url, method).status_code == 200
    assert everything(forum) == before
    assert forum.open(url).text.count('<form method="post"') == 1


@pytest.mark.parametrize("language", ["sv", "en"])
def test_repeated_presses_come_to_the_same_and_the_page_says_what_happened(forum, anna, language):
    url = f"{personal(forum, 'unsubscribe', anna)}?lang={language}"
    for _ in range(3):
        answer = forum.open(url, "POST")
        assert answer.status_code == 200
        assert said("You get no more mails about this meeting", language) in text_of_page(answer.text)
    assert "<form" not in forum.open(url).text


def test_it_is_about_one_meeting_and_a_place_at_another_stays(forum, anna):
    other = forum.confirmed(forum.meeting(START + timedelta(days=90)))
    page = forum.open(f"{personal(forum, 'unsubscribe', anna)}?lang=en", "POST", data=ONE_CLICK)
    assert "You get no more mails about this meeting" in page.text
    assert forum.registration(other).confirmed
    forum.travel(START + timedelta(days=90, hours=1))
    assert [mail for mail in forum.mails if "3 March" in str(mail["Subject"]) or "3 mars" in str(mail["Subject"])]


def test_who_has_not_confirmed_is_unsubscribed_as_well(forum):
    id = forum.sign_up(forum.meeting())
    assert forum.open(personal(forum, "unsubscribe", id), "POST", data=ONE_CLICK).status_code == 200
    assert forum.registration(id).state is RegistrationState.LEFT
    forum.deliver()
    assert forum.mails == []


def test_whose_data_are_erased_has_a_link_that_leads_nowhere(forum, anna):
    from dela.attending.own_data import erase

    erase(forum.ports, anna)
    for method in ("GET", "POST"):
        assert forum.open(personal(forum, "unsubscribe", anna), method).status_code == 404
