"""The limit against machines: a village behind one address passes, and nothing of it is kept for long."""

from datetime import UTC, datetime, timedelta

import pytest

from dela.web.client_limit import CLIENTS_REMEMBERED, ClientLimit

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEN_MINUTES, SECOND = timedelta(minutes=10), timedelta(seconds=1)


def calls(limit: ClientLimit, times: int, now: datetime = NOW, client: str = "a") -> list[int]:
    return [limit.seconds_to_wait(client, now) for _ in range(times)]


def test_a_hundred_people_in_one_room_pass_within_ten_minutes_and_a_machine_s_rate_does_not():
    limit = ClientLimit()

    assert set(calls(limit, 300)) == {0}
    assert calls(limit, 1) == [600]


def test_each_client_is_counted_by_itself():
    limit = ClientLimit(2)

    assert calls(limit, 3, client="a") == [0, 0, 600]
    assert calls(limit, 3, client="b") == [0, 0, 600]


@pytest.mark.parametrize(("after", "wait"), [(SECOND, 599), (TEN_MINUTES - SECOND, 1), (TEN_MINUTES, 0)])
def test_who_is_told_to_wait_may_try_again_when_the_ten_minutes_are_over_and_not_before(after, wait):
    limit = ClientLimit(1)
    calls(limit, 2)

    assert calls(limit, 1, NOW + after) == [wait]


def test_who_is_told_to_wait_is_never_told_to_wait_for_no_time_at_all():
    limit = ClientLimit(1)
    calls(limit, 2)

    assert calls(limit, 1, NOW + TEN_MINUTES - timedelta(milliseconds=1)) == [1]


def test_a_clock_that_is_set_back_begins_a_new_window_instead_of_a_long_wait():
    limit = ClientLimit(1)
    calls(limit, 2)

    assert calls(limit, 1, NOW - timedelta(hours=3)) == [0]


def test_what_is_remembered_is_bounded_and_who_is_not_remembered_passes():
    """A machine with a million addresses must not fill the memory, nor shut anybody out."""
    limit = ClientLimit(2)
    for number in range(CLIENTS_REMEMBERED):
        limit.seconds_to_wait(f"machine{number}", NOW)

    assert set(calls(limit, 5, client="somebody")) == {0}
    assert calls(limit, 2, client="machine7") == [0, 600], "who is remembered is still counted"
    assert calls(limit, 3, NOW + TEN_MINUTES, "somebody") == [0, 0, 600], "and the next window begins with nobody"
