"""What Firestore bills for what people do, counted by the store at home (both count alike: test_store_model.py)."""

from datetime import timedelta

import pytest

from dela.attending.confirm import confirm
from dela.duties.run_duties import plan_mails
from dela.mailing.ledger import Message, MessageState
from dela.store.contract import Operations, Query
from tests.support.forum import FORM, START, link
from tests.support.things import operations_in

DAY = timedelta(days=1)
FREE_READS, FREE_WRITES = 50_000, 20_000
"""A day's allowance (cloud.google.com/firestore/quotas)."""


def cost(forum, act) -> tuple[int, int]:
    spent: Operations = operations_in(forum.ports.store, act)
    return spent.reads, spent.writes


@pytest.mark.parametrize("way", ["form", "json"])
@pytest.mark.parametrize("known", ["new", "just now", "pending", "confirmed"])
def test_a_sign_up_costs_two_reads_and_two_writes_and_its_limits_one_and_two_whoever_is_known(forum, known, way):
    meeting = forum.meeting()
    if known == "confirmed":
        forum.confirmed(meeting)
    elif known != "new":
        forum.sign_up(meeting)
    if known != "just now":
        forum.later(minutes=20)
    sent = {"data": FORM} if way == "form" else {"json": FORM}

    assert cost(forum, lambda: forum.web("signup").post(f"/signup/{meeting.id}", **sent)) == (2 + 1, 2 + 2)


def test_a_sign_up_for_the_next_meeting_costs_one_read_more_and_so_does_a_capacity(forum):
    meeting = forum.meeting(capacity=30)

    assert cost(forum, lambda: forum.web("signup").post(f"/signup/{meeting.id}", data=FORM)) == (3 + 1, 2 + 2)
    assert cost(forum, lambda: forum.web("signup").post("/signup/", data=FORM)) == (4 + 1, 2 + 2)


def test_confirming_where_seats_are_counted_costs_a_look_only_where_somebody_was_first(forum):
    meeting, unlimited = forum.meeting(capacity=30), forum.meeting(START + DAY)
    ids = [forum.sign_up(each) for each in (meeting, unlimited)]

    seat, usual = (cost(forum, lambda one=one: confirm(forum.ports, one, forum.now)) for one in ids)

    assert (seat, usual) == ((2, 3), (2, 2)), "one more write: the seat"


def test_confirming_and_joining_cost_three_reads_at_most(forum):
    meeting = forum.meeting()
    forum.web("signup").post(f"/signup/{meeting.id}", data=FORM)
    forum.deliver()
    confirming = link(forum.last_mail, "/confirm/")
    assert cost(forum, lambda: forum.open(confirming, "POST")) <= (3, 2)
    assert cost(forum, forum.deliver) <= (4, 2)

    joining = link(forum.last_mail, "/join/")
    forum.at(START - timedelta(minutes=5))
    assert cost(forum, lambda: forum.open(joining)) <= (3, 0)
    assert cost(forum, lambda: forum.open(joining, "POST")) <= (2, 1)
    assert cost(forum, lambda: forum.open(joining, "POST")) <= (2, 0)


@pytest.mark.slow
def test_the_busiest_day_of_a_thousand_people_is_free_several_times_over(forum):
    """The day of the meeting, on which everybody signs up, confirms, is reminded, joins and is counted.

    The functions run every quarter of an hour until midnight. A few sign up in front of us; the others cost as much.
    """
    meeting = forum.meeting()
    forum.crowd(meeting, 950)
    forum.at(START - timedelta(hours=11))
    spent = cost(forum, lambda: _busiest_day(forum, meeting, 50))
    # The others as well: sign-up and its mail, confirmation and its mail, a look at the room's page and the press.
    reads, writes = spent[0] + 950 * (3 + 6 + 3 + 4 + 3 + 2), spent[1] + 950 * (4 + 2 + 2 + 2 + 0 + 1)
    assert len(forum.ports.store.query(Message, Query(equal={"state": MessageState.SENT}, limit=5000))) >= 1000
    assert reads < FREE_READS / 2
    assert writes < FREE_WRITES


def _busiest_day(forum, meeting, new: int) -> None:
    for number in range(new):
        address = f"new{number}@example.org"
        forum.web("signup").post(f"/signup/{meeting.id}", data={**FORM, "email": address})
        forum.deliver()
        forum.open(link(forum.last_mail, "/confirm/"), "POST")
        forum.deliver()
    while forum.now < START + timedelta(hours=12):
        plan_mails(forum.ports, forum.now)
        forum.deliver()
        forum.later(minutes=15)
    forum.run()


def test_one_reminded_person_costs_about_one_write(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 300)
    forum.at(START - DAY)

    reads, writes = cost(forum, forum.run)

    assert len(forum.mails) == 300
    assert writes <= 300 * 1.05 + 10
    assert reads <= 300 * 1.2 + 30
