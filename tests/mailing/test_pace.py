from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dela.attending.registration import Wishes
from dela.attending.sign_up import sign_up
from dela.duties.run_duties import plan_mails
from dela.mailing.pace import IN_ITS_TURN, PARTS, burst_size, capacity_of, take_turn, time_for
from dela.mailing.unproven import Origin
from tests.support.forum import NOW, START, Forum

OFFSETS = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))


@pytest.mark.parametrize("rate", [1, 5, 6, 7, 30, 100, 1000])
@pytest.mark.parametrize("offsets", [OFFSETS, OFFSETS[:1], (timedelta(hours=2), timedelta(minutes=90))])
def test_so_many_people_as_a_rate_can_carry_are_mailed_within_the_shortest_stretch_and_hardly_more(rate, offsets):
    people = capacity_of(rate, offsets)
    shortest = min([*offsets, *(longer - shorter for longer, shorter in pairwise(offsets))])

    assert time_for(people - people % burst_size(rate), rate) <= shortest + timedelta(
        seconds=1
    )  # it counts in microseconds
    assert time_for(people + 2 * burst_size(rate), rate) > shortest


def test_thirty_mails_a_minute_remind_a_thousand_people_within_an_hour():
    assert capacity_of(30, OFFSETS) == 1080


def test_without_a_rate_there_is_no_limit():
    assert capacity_of(0, OFFSETS) is None
    assert capacity_of(30, ()) is None


MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ASKS = st.lists(
    st.tuples(st.sampled_from(["stranger", "person", "burst"]), st.sampled_from([0, 0, 0, 1, 4, 20]), st.booleans()),
    min_size=20,
    max_size=90,
)
"""Who asks for a turn, how many seconds later than they were told, and whether their mails leave at once or at last."""


@pytest.mark.slow
@given(rate=st.integers(1, 90), asks=ASKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_sixty_seconds_see_more_mails_than_the_rate_nor_more_of_strangers_than_their_part(forum, rate, asks):
    paced = replace(forum.ports, settings=forum.settings.model_copy(update={"mail_rate": rate}))
    now = forum.later(days=1).now
    left: list[tuple[datetime, str]] = []
    for who, late, at_last in asks:
        mails = burst_size(rate) if who == "burst" else 1
        while (again := take_turn(paced, mails, now, unproven=who == "stranger")) is not None:
            now = again
        left += [(now + IN_ITS_TURN * at_last * 0.999, who)] * mails
        now += late * SECOND
    forum.at(now)

    times = sorted(moment for moment, _ in left)
    assert max(sum(start <= each < start + MINUTE for each in times) for start in times) <= rate
    strangers = sorted(moment for moment, who in left if who == "stranger")
    most = max((sum(start <= each < start + 10 * MINUTE for each in strangers) for start in strangers), default=0)
    assert most <= 10 * rate / PARTS + 1


@pytest.mark.slow
def test_sign_ups_without_end_make_no_reminder_late(tmp_path):
    """29 a minute starved all reminders of thirty a minute."""
    forum = Forum(tmp_path, mail_rate=30, reminders=(timedelta(days=1),))
    meeting = forum.meeting()
    forum.crowd(meeting, 60)
    due, number = START - timedelta(days=1), 0
    forum.at(due - time_for(60, 30) - 2 * MINUTE)
    while forum.now < due:
        plan_mails(forum.ports, forum.now)
        for _ in range(30):
            number, origin = number + 1, Origin("one", "network")
            wishes = Wishes(name="Foreign", language="en", municipality="Berg")
            sign_up(forum.ports, meeting.id, f"foreign{number}@example.org", wishes, forum.now, origin)
            forum.deliver().later(seconds=2)

    told = [str(mail["To"]) for mail in forum.mails]
    foreign = [each for each in told if "foreign" in each]
    forum.close()
    assert len(told) - len(foreign) == 60
    assert len(foreign) >= 15, "and the strangers' part is theirs"


def test_a_pace_that_a_clock_ahead_wrote_holds_up_nobody(tmp_path):
    forum = Forum(tmp_path, mail_rate=30)
    forum.at(NOW + timedelta(days=400))
    take_turn(forum.ports, 1, forum.now, unproven=True)
    forum.at(NOW)

    assert take_turn(forum.ports, 1, forum.now, unproven=True) is None
    forum.close()
