"""Managing one's registration by the mailed link: see, change, leave, take along, erase."""

from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.ledger import Message
from dela.meetings.run_meetings import cancel_meeting
from dela.store.contract import Query
from dela.web.language import error_sentence
from tests.support.forum import START, calendar_of, link
from tests.support.visits import form_values, personal, said, text_of_page

CHANGED = {
    "name": "Anna Öberg",
    "organisation": "Öbergs",
    "municipality": "Berg",
    "language": "en",
    "notify_next": "true",
}


@pytest.fixture
def anna(forum):
    """The id of a confirmed person."""
    return forum.confirmed(forum.meeting(), organisation="Annas Bageri")


@pytest.fixture
def url(forum, anna):
    forum.deliver()
    return link(forum.last_mail, "/manage/")


def press(forum, url, action, **fields):
    return forum.open(url, "POST", data={"action": action, **fields})


def test_the_page_shows_all_that_is_stored(forum, anna, url):
    page = forum.open(url).text
    assert form_values(page)["name"] == "Anna Andersson"
    assert form_values(page)["organisation"] == "Annas Bageri"
    assert form_values(page)["municipality"] == "Åre"
    assert form_values(page)["language"] == "sv"
    assert "anna@example.org" in page


def test_name_business_place_language_and_wishes_can_be_changed(forum, anna, url):
    answer = press(forum, f"{url}?lang=en", "change", **CHANGED)
    assert (answer.status_code, "Saved. Thank you." in answer.text) == (200, True)
    stored = forum.registration(anna)
    assert (stored.name, stored.organisation, stored.municipality) == ("Anna Öberg", "Öbergs", "Berg")
    assert (stored.language, stored.notify_next, stored.email) == ("en", True, "anna@example.org")
    press(forum, url, "change", **{**CHANGED, "notify_next": "", "email": "evil@example.org"})
    assert forum.registration(anna).notify_next is False, "a box without its tick is a no"
    assert forum.registration(anna).email == "anna@example.org", "an address is not changed here"


def test_the_next_mail_is_in_the_language_that_was_chosen(forum, anna, url):
    press(forum, url, "change", **CHANGED)
    forum.travel(START - timedelta(days=7))
    assert forum.last_mail["Subject"].startswith("We meet in 7 days")
    assert forum.last_mail["To"].addresses[0].display_name == "Anna Öberg"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "missing"),
        ("name", "x" * 201, "too_long"),
        ("organisation", "x" * 201, "too_long"),
        ("municipality", "Stockholm", "municipality"),
        ("language", "de", "choice"),
    ],
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_wrong_change_keeps_what_was_typed_and_names_the_field(forum, anna, url, field, value, code, language):
    typed = {**CHANGED, field: value}
    answer = press(forum, f"{url}?lang={language}", "change", **typed)
    assert answer.status_code == 422
    assert error_sentence(code, language, field) in text_of_page(answer.text)
    assert f'id="{field}-error"' in answer.text
    kept = form_values(answer.text)
    assert kept["organisation"] == typed["organisation"]
    assert kept["name"] == typed["name"]
    assert forum.registration(anna).name == "Anna Andersson"


@pytest.mark.parametrize("action", ["", "nonsense", "confirm"])
def test_an_action_that_is_none_is_422_and_does_nothing(forum, anna, url, action):
    before = forum.registration(anna)
    assert press(forum, url, action).status_code == 422
    assert forum.registration(anna) == before


def test_leaving_takes_the_meeting_out_of_the_calendar_by_mail_and_a_second_press_changes_nothing(forum, anna, url):
    for _ in range(2):
        answer = press(forum, f"{url}?lang=en", "leave")
        assert (answer.status_code, "You have left this meeting" in answer.text) == (200, True)
        forum.deliver().later(minutes=1)
    assert forum.registration(anna).state is RegistrationState.LEFT
    assert len(forum.mails) == 2
    assert calendar_of(forum.last_mail).get_param("method") == "CANCEL"
    assert "Sign up again" in forum.open(f"{url}?lang=en").text
    assert press(forum, url, "change", **CHANGED).status_code == 409
    forum.travel(START)
    assert len(forum.mails) == 2


@pytest.mark.parametrize(
    ("action", "words"), [("export", "Everything that is stored"), ("erase", "Erase everything now")]
)
def test_taking_along_and_erasing_ask_for_a_fresh_mailed_link_first(forum, anna, url, action, words):
    before = forum.registration(anna)
    answer = press(forum, f"{url}?lang=en", action)
    assert answer.status_code == 200
    assert "anna@example.org" not in answer.headers.get("Content-Disposition", "")
    assert "we have sent you a fresh link" in answer.text
    assert forum.registration(anna) == before
    assert answer.mimetype == "text/html"
    assert press(forum, url, action).status_code == 200
    forum.deliver()
    assert len(forum.mails) == 2, "pressed twice, mailed once"
    fresh = link(forum.last_mail, "/manage/")
    assert fresh != url
    assert words in forum.open(f"{fresh}?lang=en").text
    assert forum.registration(anna) == before, "looking does nothing"


def test_behind_the_fresh_link_data_are_taken_along_as_json(forum, anna, url):
    other = forum.confirmed(forum.meeting(START + timedelta(days=90)))
    forum.confirmed(forum.present_meeting("2026-1"), "somebody@example.org", name="Somebody Else")
    forum.deliver()
    answer = press(forum, personal(forum, "own_data", anna), "export")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dela.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert {each["id"] for each in answer.json["registrations"]} == {anna, other}
    assert answer.json["registrations"][0]["email"] == "anna@example.org"
    assert [each["reason"] for each in answer.json["mails"]].count("confirmed") == 2
    assert "Somebody Else" not in answer.text


def test_behind_the_fresh_link_everything_is_erased_at_every_meeting(forum, anna, url):
    other = forum.confirmed(forum.meeting(START + timedelta(days=90)))
    forum.deliver()
    fresh = personal(forum, "own_data", anna)
    answer = press(forum, f"{fresh}?lang=en", "erase")
    assert (answer.status_code, "Everything about you is erased" in answer.text) == (200, True)
    assert forum.registration(anna) is None
    assert forum.registration(other) is None
    assert forum.ports.store.count(Message, Query()) == 0
    for again in (fresh, url):
        assert forum.open(again).status_code == 404
        assert press(forum, again, "erase").status_code == 404
    forum.travel(START)
    assert len(forum.mails) == 2


def test_the_fresh_link_is_good_for_one_hour(forum, anna):
    fresh = personal(forum, "own_data", anna)
    forum.later(hours=1)
    assert forum.open(fresh).status_code == 200
    forum.later(seconds=1)
    assert forum.open(fresh).status_code == 410
    for action in ("export", "erase", "change", "leave"):
        assert press(forum, fresh, action).status_code == 410
    assert forum.registration(anna).confirmed


@pytest.mark.parametrize("language", ["sv", "en"])
def test_each_state_of_meeting_and_person_is_said_kindly(forum, language):
    meeting = forum.meeting()

    def page(id):
        answer = forum.open(f"{personal(forum, 'manage', id)}?lang={language}")
        assert answer.status_code == 200
        return text_of_page(answer.text)

    pending, gone, confirmed = forum.sign_up(meeting, "p@example.org"), forum.confirmed(meeting, "l@example.org"), None
    confirmed = forum.confirmed(meeting, "c@example.org")
    leave(forum.ports, gone, forum.now)
    assert said("Your place is not confirmed yet: press the button in our mail.", language) in page(pending)
    assert said("Changed your mind? You are welcome back.", language) in page(gone)
    assert said("Put it in my calendar", language) in page(confirmed)
    forum.at(meeting.ends_at)
    assert said("Thank you to all who were there. You are welcome at the next one.", language) in page(confirmed)
    forum.at(START - timedelta(hours=1))
    cancel_meeting(forum.ports, meeting.id, forum.now)
    assert said("We are sorry. You are welcome at the next one.", language) in page(confirmed)


def test_the_page_has_one_form_for_what_the_link_is_for_and_one_for_each_other_action(forum, url):
    page = forum.open(url).text
    actions = [part.partition('"')[0] for part in page.split('name="action" value="')[1:]]
    assert actions == ["leave", "change", "export", "erase"], "who came to leave finds that first"
    assert page.count("<form") == 4


def test_signing_up_again_after_leaving_leads_back_in(forum, anna, url):
    press(forum, url, "leave")
    forum.deliver()
    forum.sign_up(forum.present_meeting("2026-1"))
    forum.deliver()
    assert forum.open(link(forum.last_mail, "/confirm/"), "POST").status_code == 303
    assert forum.registration(anna).confirmed
    assert personal(forum, "join", anna) in forum.open(url).text
    assert forum.ports.store.count(Registration, Query()) == 1
