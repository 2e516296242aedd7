"""A GET or HEAD changes nothing: mail scanners open every link, both "yes" and "no"."""

from datetime import timedelta

import pytest

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.leave import leave
from dela.attending.links import JOIN
from dela.meetings.closing import close_meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from tests.support.forum import START
from tests.support.visits import everything, links_of, readable_addresses

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def pending(forum, meeting):
    return forum.sign_up(meeting)


def pending_and_full(forum, meeting):
    id = forum.sign_up(meeting)
    forum.confirmed(meeting, "early@example.org")
    return id


def expired(forum, meeting):
    id = forum.sign_up(meeting)
    forum.later(hours=49)
    return id


def confirmed(forum, meeting):
    return forum.confirmed(meeting)


def data_asked_for(forum, meeting):
    id = forum.confirmed(meeting)
    ask_for_own_data(forum.ports, id, forum.now)
    return id


def left(forum, meeting):
    id = forum.confirmed(meeting)
    leave(forum.ports, id, forum.now)
    return id


def moved(forum, meeting):
    id = forum.confirmed(meeting)
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    return id


def cancelled(forum, meeting):
    id = forum.confirmed(meeting)
    cancel_meeting(forum.ports, meeting.id, forum.now)
    return id


def last_hour(forum, meeting):
    id = forum.confirmed(meeting)
    forum.at(START - 60 * MINUTE)
    return id


def room_open(forum, meeting):
    id = forum.confirmed(meeting)
    forum.at(START - 10 * MINUTE)
    return id


def running_and_present(forum, meeting):
    id = forum.confirmed(meeting)
    forum.at(START + MINUTE).open(links_of(forum).to(JOIN, id, forum.now), "POST")
    return id


def ended(forum, meeting):
    id = forum.confirmed(meeting)
    forum.at(START + DAY)
    return id


def closed(forum, meeting):
    id = forum.confirmed(meeting)
    close_meeting(forum.ports, meeting, forum.at(START + DAY).now)
    return id


def nobody(forum, meeting):
    return f"{meeting.id}.nobody"


STATES = [
    *(pending, pending_and_full, expired, confirmed, data_asked_for, left, moved, cancelled),
    *(last_hour, room_open, running_and_present, ended, closed, nobody),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_looking_at_everything_leaves_every_collection_the_queue_and_the_mails_as_they_were(forum, state):
    meeting = forum.meeting(capacity=1)
    forum.meeting(START + 90 * DAY)
    id = state(forum, meeting)
    before = everything(forum)
    assert before["meetings"], "the snapshot sees the store"
    for url in readable_addresses(forum, meeting, id):
        for method in ("GET", "HEAD"):
            for query in ("", "action=next&List-Unsubscribe=One-Click&"):
                answer = forum.open(f"{url}?{query}lang=en", method)
                assert answer.status_code in (200, 404, 410), url
    assert everything(forum) == before
