"""The link of the confirmation mail: a GET shows a button, only the button confirms."""

from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.attending.links import CALENDAR, JOIN
from dela.attending.registration import Registration, RegistrationState
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import START, link
from tests.support.visits import everything, links_of, personal, said, text_of_page

DAY = timedelta(days=1)


@pytest.fixture
def asked(forum):
    """A forum with one meeting, and a person who has the mail that asks them."""
    meeting = forum.meeting()
    id = forum.sign_up(meeting)
    forum.deliver()
    return meeting, id, link(forum.last_mail, "/confirm/")


def state(forum, id):
    return forum.registration(id).state


@pytest.mark.parametrize("language", ["sv", "en"])
def test_looking_confirms_nothing_however_often_and_the_button_does(forum, asked, language):
    _, id, url = asked
    before = everything(forum)
    for method in ("GET", "HEAD", "GET"):
        assert forum.open(url, method).status_code == 200
    assert everything(forum) == before

    page = forum.open(f"{url}?lang={language}")
    assert page.text.count("<form") == 1
    assert said("Confirm my place", language) in page.text
    pressed = forum.open(f"{url}?lang={language}", "POST")
    assert pressed.status_code == 303
    assert state(forum, id) is RegistrationState.CONFIRMED
    shown = text_of_page(forum.open(pressed.headers["Location"]).text)
    assert said("Welcome, %(name)s! The place is yours", language, name="Anna Andersson") in shown


def test_pressing_twice_is_pressing_once(forum, asked):
    _, id, url = asked
    for _ in range(3):
        assert forum.open(url, "POST").status_code == 303
        forum.later(minutes=1)
    forum.deliver()
    assert [mail["Subject"].split(":")[0] for mail in forum.mails] == ["Bekräfta din plats", "Du har en plats"]
    assert state(forum, id) is RegistrationState.CONFIRMED


def test_a_confirmed_person_finds_their_links_and_calendar_file_on_the_page(forum, asked):
    _, id, url = asked
    page = forum.open(forum.open(url, "POST").headers["Location"]).text
    links = links_of(forum)
    for target in (links.to(each, id, forum.now) for each in (JOIN, CALENDAR)):
        assert f'href="{target}"' in page
        assert forum.open(target).status_code == 200


@pytest.mark.parametrize("minutes", [-15, -1, 0, 49])
def test_whoever_confirms_while_the_room_is_open_is_led_straight_to_the_join_button(forum, asked, minutes):
    meeting, id, _ = asked
    forum.at(START + timedelta(minutes=minutes))
    id = forum.sign_up(meeting, "late@example.org")
    pressed = forum.open(personal(forum, "confirm", id), "POST")
    assert pressed.status_code == 303
    assert "/join/" in pressed.headers["Location"]
    assert "Into the meeting" in forum.open(pressed.headers["Location"].replace("lang=sv", "lang=en")).text


@pytest.mark.parametrize("before", [timedelta(minutes=15, seconds=1), timedelta(hours=1)])
def test_before_that_they_are_welcomed(forum, asked, before):
    meeting, _, _ = asked
    forum.at(START - before)
    id = forum.sign_up(meeting, "late@example.org")
    assert "/signup/confirm/" in forum.open(personal(forum, "confirm", id), "POST").headers["Location"]


def test_after_48_hours_the_link_has_expired_and_says_so(forum, asked):
    _, id, url = asked
    forum.later(hours=48)
    assert forum.open(url).status_code == 410, "an expired registration is not shown"
    forum.later(seconds=1)
    for method in ("GET", "POST"):
        answer = forum.open(f"{url}?lang=en", method)
        assert (answer.status_code, "This link has expired" in answer.text) == (410, True)
    forum.run()
    assert forum.registration(id) is None
    assert forum.open(url).status_code == 410


def test_a_link_that_is_younger_than_its_expired_registration_has_expired_as_well(forum, asked):
    """The mail may have left long after the sign-up."""
    _, id, _ = asked
    forum.later(hours=47)
    fresh = personal(forum, "confirm", id)
    assert forum.open(fresh).status_code == 200
    forum.later(hours=2)
    for method in ("GET", "POST"):
        assert forum.open(fresh, method).status_code == 410


def test_whose_data_were_erased_finds_nothing(forum, asked):
    from dela.attending.own_data import erase

    _, id, url = asked
    erase(forum.ports, id)
    for method in ("GET", "POST"):
        assert forum.open(url, method).status_code == 404


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_cancelled_meeting_and_one_that_is_over_say_so_and_name_the_next(forum, language):
    other = forum.meeting(START + 90 * DAY)
    for change, words in (
        (lambda meeting: cancel_meeting(forum.ports, meeting.id, forum.now), "This meeting has been called off"),
        (lambda meeting: forum.at(meeting.ends_at), "This meeting has been held"),
    ):
        meeting = forum.meeting()
        forum.at(START - timedelta(hours=30))
        url = personal(forum, "confirm", forum.sign_up(meeting))
        change(meeting)
        for method, status in (("GET", 200), ("POST", 409)):
            answer = forum.open(f"{url}?lang={language}", method)
            assert answer.status_code == status
            assert said(words, language) in text_of_page(answer.text)
            assert links_of(forum).page(other.id, language) in answer.text
            assert "<form" not in answer.text


def test_a_moved_meeting_is_shown_at_its_new_time_with_the_old_one(forum, asked):
    meeting, id, url = asked
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    page = text_of_page(forum.open(f"{url}?lang=en").text)
    assert "Friday 4 December 2026" in page
    assert "It was to be on Thursday 3 December 2026" in page
    assert forum.open(url, "POST").status_code == 303
    assert state(forum, id) is RegistrationState.CONFIRMED


def test_who_left_is_told_and_may_sign_up_again(forum, asked):
    _, id, url = asked
    leave(forum.ports, id, forum.now)
    for method, status in (("GET", 200), ("POST", 409)):
        answer = forum.open(f"{url}?lang=en", method)
        assert (answer.status_code, "Sign up again" in answer.text) == (status, True)
    assert state(forum, id) is RegistrationState.LEFT


# Seats


def full(forum, others):
    """Someone who confirms too late for a full meeting, with further meetings of these capacities."""
    meeting = forum.meeting(capacity=1)
    further = [forum.meeting(START + (number + 1) * 90 * DAY, capacity=seats) for number, seats in enumerate(others)]
    id = forum.sign_up(meeting, "late@example.org")
    forum.confirmed(meeting, "early@example.org")
    return id, personal(forum, "confirm", id), further


@pytest.mark.parametrize("language", ["sv", "en"])
def test_who_is_too_late_for_the_last_seat_is_offered_the_next_date_with_one_press(forum, language):
    id, url, (other,) = full(forum, [5])
    for method, status in (("GET", 200), ("POST", 409)):
        answer = forum.open(f"{url}?lang={language}", method)
        assert answer.status_code == status
        assert said("The last place has just been taken", language) in text_of_page(answer.text)
        assert 'name="action" value="next"' in answer.text
    assert state(forum, id) is RegistrationState.PENDING

    pressed = forum.open(f"{url}?lang={language}", "POST", data={"action": "next"})
    assert pressed.status_code == 303
    assert forum.open(pressed.headers["Location"]).status_code == 200
    there = [each for each in forum.ports.store.query(Registration, Query()) if each.meeting == other.id]
    assert [(each.email, each.confirmed) for each in there] == [("late@example.org", True)]
    forum.deliver()
    assert forum.mails_to("late@example.org")[-1]["Subject"].startswith("Du har en plats")


def test_a_next_meeting_that_is_full_as_well_is_passed_over(forum):
    id, url, (second, third) = full(forum, [1, 5])
    forum.confirmed(second, "somebody@example.org")
    page = forum.open(f"{url}?lang=en").text
    assert "2 March" not in page.partition("One press, and it is yours")[2].partition("<form")[0]
    assert forum.open(url, "POST", data={"action": "next"}).status_code == 303
    assert [each.meeting for each in forum.ports.store.query(Registration, Query()) if each.confirmed][-1] == third.id
    assert state(forum, id) is RegistrationState.PENDING


def test_pressing_twice_takes_one_seat_although_that_was_the_last(forum):
    _, url, (second, third) = full(forum, [1, 5])
    for _ in range(2):
        assert forum.open(url, "POST", data={"action": "next"}).status_code == 303
    taken = [
        each.meeting for each in forum.ports.store.query(Registration, Query()) if each.email == "late@example.org"
    ]
    assert sorted(taken) == sorted(["2026-1", second.id])
    assert third.id not in taken


def test_where_no_meeting_has_a_seat_the_page_says_so_kindly(forum):
    _, url, (other,) = full(forum, [1])
    forum.confirmed(other, "somebody@example.org")
    page = forum.open(f"{url}?lang=en")
    assert "The next date is not set yet" in page.text
    assert "<form" not in page.text
    late = forum.open(url, "POST", data={"action": "next"})
    assert late.status_code == 409
