from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dela.meetings.civil import instants

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2027-03-04T12:10", ["2027-03-04T11:10"]),
        ("2027-06-03T12:10", ["2027-06-03T10:10"]),
        ("2027-03-28T01:59", ["2027-03-28T00:59"]),
        ("2027-03-28T02:00", []),
        ("2027-03-28T02:59", []),
        ("2027-03-28T03:00", ["2027-03-28T01:00"]),
        ("2027-10-31T01:59", ["2027-10-30T23:59"]),
        ("2027-10-31T02:00", ["2027-10-31T00:00", "2027-10-31T01:00"]),
        ("2027-10-31T02:59", ["2027-10-31T00:59", "2027-10-31T01:59"]),
        ("2027-10-31T03:00", ["2027-10-31T02:00"]),
        ("2028-02-29T12:10", ["2028-02-29T11:10"]),
    ],
)
def test_a_wall_clock_time_is_once_never_or_twice(local, expected):
    found = instants(datetime.fromisoformat(local), STOCKHOLM)

    assert [each.strftime("%Y-%m-%dT%H:%M") for each in found] == expected
    assert all(each.tzinfo is UTC for each in found)


def test_a_zone_whose_clocks_stay_has_every_time_once():
    assert len(instants(datetime(2027, 3, 28, 2, 30), ZoneInfo("Africa/Nairobi"))) == 1
