"""The public page is rendered once for everybody, and is still true and each reader's own."""

import re

from dela.meetings.run_meetings import move_meeting
from dela.wiring import ports_of
from tests.support.forum import START


def page(forum, path="/", **headers):
    answer = forum.web("signup").get(path, headers=headers)
    assert answer.status_code == 200
    return answer.text


def stamp(html):
    return re.search(r'name="stamp" value="([^"]+)"', html)[1]


def test_each_page_carries_the_stamp_of_its_own_time(forum):
    forum.meeting()
    first = page(forum)
    forum.later(minutes=5)
    assert stamp(page(forum)) != stamp(first)
    assert "\x02" not in first


def test_a_moved_meeting_shows_its_new_time_at_the_next_look(forum):
    meeting = forum.meeting()
    assert "12.10" in page(forum)
    move_meeting(forum.ports, meeting.id, START.replace(hour=14), forum.now)
    moved = page(forum)
    assert "15.10" in moved
    assert "12.10" in moved  # where it was moved from


def test_a_full_or_ended_meeting_has_no_form_however_often_it_was_shown(forum):
    meeting = forum.meeting(capacity=1)
    assert "<form" in page(forum, f"/{meeting.id}")
    forum.confirmed(meeting)
    assert "<form" not in page(forum, f"/{meeting.id}")
    forum.at(meeting.ends_at)
    assert "<form" not in page(forum, f"/{meeting.id}")


def test_readers_of_both_languages_and_two_forums_get_their_own_page(forum, tmp_path):
    from tests.support.forum import Forum

    forum.meeting()
    other = Forum(tmp_path / "other", name="Annat")
    other.meeting()
    assert 'lang="sv"' in page(forum)
    assert 'lang="en"' in page(forum, **{"Accept-Language": "en"})
    assert "Annat" in page(other)
    assert "Annat" not in page(forum)
    other.close()


def test_what_another_process_changes_is_seen_within_a_second(forum):
    meeting = forum.meeting()
    assert "15.10" not in page(forum)
    elsewhere = ports_of(forum.settings, forum.clock)
    move_meeting(elsewhere, meeting.id, START.replace(hour=14), forum.now)
    elsewhere.store.close()

    assert "15.10" in page(forum.later(seconds=1))


def test_people_who_look_in_the_same_second_cost_one_question_to_the_store(forum):
    forum.meeting()
    page(forum)
    asked = forum.ports.store.operations.reads

    for _ in range(50):
        page(forum)

    assert forum.ports.store.operations.reads == asked
