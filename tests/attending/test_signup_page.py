"""The public page of a meeting: when, how long and why come, and never what."""

from datetime import timedelta

import pytest

from dela.meetings.closing import close_meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from tests.support.forum import FORM, START
from tests.support.visits import links_of, said, text_of_page

DAY = timedelta(days=1)


def page(forum, path="/signup", language="en"):
    answer = forum.web("signup").get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return text_of_page(answer.text)


def test_the_page_says_when_how_long_and_why_in_civil_time(forum):
    forum.meeting()
    assert "Thursday 3 December 2026 12:10–13:00 Swedish time" in page(forum)
    assert "50 minutes online" in page(forum)
    assert "torsdag 3 december 2026 kl. 12.10–13.00" in page(forum, language="sv")
    assert "tid " not in page(forum, language="sv").partition("13.00")[2][:8], "who lives there knows whose clocks"


def test_without_a_meeting_the_page_says_so_kindly(forum):
    assert "The next date is not set yet" in page(forum)
    assert said(
        "The next date is not set yet. Leave your address, and we write to you as soon as it is.", "sv"
    ) in page(forum, language="sv")
    answer = forum.web("signup").post("/signup", data={"name": "Anna"})
    assert answer.status_code == 409
    assert forum.web("signup").post("/signup", json={}).json["code"] == "none"
    assert forum.web("signup").get("/signup/meetings.json").json == []


def test_the_root_is_the_next_open_meeting_and_offers_the_others(forum):
    first = forum.meeting()
    second = forum.meeting(START + 90 * DAY)
    assert "3 December 2026" in page(forum)
    assert links_of(forum).page(second.id, "en") in forum.web("signup").get("/signup?lang=en").text
    forum.at(first.ends_at - timedelta(seconds=1))
    assert "3 December 2026" in page(forum).partition("Does another day")[0], "until its end one may come in"
    forum.at(first.ends_at)
    assert "3 December 2026" not in page(forum)
    assert "3 March 2027" in page(forum)


def test_a_full_meeting_offers_the_next_date_and_no_form(forum):
    meeting = forum.meeting(capacity=2)
    other = forum.meeting(START + 90 * DAY)
    forum.crowd(meeting, 1)
    assert "Sign me up" in page(forum)
    forum.confirmed(meeting)
    full = forum.web("signup").get(f"/signup/{meeting.id}?lang=en").text
    assert "All places at this meeting are taken" in full
    assert "<form" not in full
    assert links_of(forum).page(other.id, "en") in full


@pytest.mark.parametrize("language", ["sv", "en"])
def test_cancelled_ended_closed_and_moved_meetings_each_say_so_kindly(forum, language):
    cancelled_words = said("This meeting is cancelled", language)
    held_words = said("This meeting has been held", language)
    old = {
        "en": "Thursday 3 December, 14:10",
        "sv": "torsdag 3 december, kl. 14.10",
    }
    cancelled = forum.meeting()
    moved = forum.meeting(START + timedelta(hours=2))
    cancel_meeting(forum.ports, cancelled.id, forum.now)
    move_meeting(forum.ports, moved.id, START + 3 * DAY, forum.now)
    forum.at(START + DAY)
    assert cancelled_words in page(forum, f"/signup/{cancelled.id}", language)
    shown = page(forum, f"/signup/{moved.id}", language)
    assert f"{said('New time', language)} " in shown
    assert old[language] in shown
    forum.at(START + 4 * DAY)
    assert held_words in page(forum, f"/signup/{moved.id}", language)
    close_meeting(forum.ports, forum.present_meeting(moved.id), forum.now)
    assert held_words in page(forum, f"/signup/{moved.id}", language)
    for path in (cancelled.id, moved.id):
        assert "<form" not in forum.web("signup").get(f"/signup/{path}").text


def test_a_closed_meeting_takes_nobody_by_form_or_json(forum):
    meeting = forum.meeting()
    later = forum.meeting(START + 90 * DAY)
    forum.at(meeting.ends_at)
    form = forum.web("signup").post(f"/signup/{meeting.id}", data=FORM)
    assert form.status_code == 409
    assert links_of(forum).page(later.id, "sv") in form.text
    answer = forum.web("signup").post(f"/signup/{meeting.id}", json=FORM)
    assert (answer.status_code, answer.json["code"]) == (409, "ended")
    assert [each["id"] for each in answer.json["next"]] == [later.id]


def test_the_list_of_meetings_holds_the_open_ones_and_nothing_that_is_secret(forum):
    meeting = forum.meeting()
    summer = forum.meeting(START.replace(year=2027, month=6))
    gone = forum.meeting(START + 5 * DAY)
    cancel_meeting(forum.ports, gone.id, forum.now)
    assert forum.web("signup").get("/signup/meetings.json").json == [
        {
            "id": meeting.id,
            "starts_at": "2026-12-03T12:10:00+01:00",
            "minutes": 50,
            "url": f"http://localhost:8080/signup/{meeting.id}",
        },
        {
            "id": summer.id,
            "starts_at": "2027-06-03T13:10:00+02:00",
            "minutes": 50,
            "url": f"http://localhost:8080/signup/{summer.id}",
        },
    ]


def test_links_come_from_the_settings_never_from_the_host_header(forum):
    forum.meeting()
    for path in ("/signup", "/signup/meetings.json", "/signup/openapi.json", "/signup/nothing"):
        answer = forum.web("signup").get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text
