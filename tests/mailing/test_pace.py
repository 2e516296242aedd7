from datetime import timedelta
from itertools import pairwise

import pytest

from dela.mailing.pace import burst_size, capacity_of, time_for

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
