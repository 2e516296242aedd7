from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.reminder_times import reminders_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFSETS = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))


def meeting(start: datetime, **more) -> Meeting:
    made = start - timedelta(days=100)
    return Meeting(id="2026-1", starts_at=start, minutes=50, created_at=made, changed_at=made, **more)


def local(moment: datetime) -> str:
    return moment.astimezone(STOCKHOLM).strftime("%m-%d %H:%M")


def test_reminders_are_due_at_the_same_time_of_day_on_both_sides_of_a_clock_change():
    start = datetime(2026, 3, 30, 12, 10, tzinfo=STOCKHOLM).astimezone(UTC)

    dues = [local(each.due_at) for each in reminders_of(meeting(start), OFFSETS, STOCKHOLM)]

    assert dues == ["03-23 12:10", "03-29 12:10", "03-30 11:10"]


def test_an_hour_before_is_an_hour_of_elapsed_time_in_the_night_when_clocks_go_back():
    start = datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM, fold=1).astimezone(UTC)

    last = reminders_of(meeting(start), OFFSETS, STOCKHOLM)[-1]

    assert start - last.due_at == timedelta(hours=1)


def test_each_reminder_is_of_use_until_the_next_one_is_due_and_the_last_until_the_start():
    start = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)

    week, day, hour = reminders_of(meeting(start), OFFSETS, STOCKHOLM)

    assert week.useful_until == day.due_at
    assert day.useful_until == hour.due_at
    assert hour.useful_until == start


def test_a_cancelled_meeting_has_no_reminders():
    start = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)

    assert reminders_of(meeting(start, state=MeetingState.CANCELLED), OFFSETS, STOCKHOLM) == []


def test_a_meeting_that_moved_nearer_has_its_next_reminder_at_once():
    moved_at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    start = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
    moved = meeting(start, moved_at=moved_at, moved_from=start + timedelta(days=30))

    first = reminders_of(moved, OFFSETS, STOCKHOLM)[0]

    assert first.due_at == moved_at
    assert first.due_at <= moved_at < first.useful_until


def test_a_meeting_that_moved_away_within_its_week_is_not_announced_a_week_before_again():
    moved_at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    start = datetime(2026, 12, 5, 11, 10, tzinfo=UTC)
    moved = meeting(start, moved_at=moved_at, moved_from=start - timedelta(days=3))

    assert [each.occurrence for each in reminders_of(moved, OFFSETS, STOCKHOLM)] == [
        "1440m@20261205",
        "60m@20261205T1210",
    ]


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Europe/Stockholm", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
    offsets=st.sets(st.integers(1, 60 * 24 * 20), min_size=1, max_size=5),
    moved=st.one_of(st.none(), st.tuples(st.integers(-30, 30), st.integers(0, 60 * 24 * 40))),
)
def test_reminders_never_overlap_never_outlive_the_start_and_have_different_occurrences(start, zone, offsets, moved):
    more = {}
    if moved is not None:
        more = {"moved_from": start + timedelta(days=moved[0]), "moved_at": start - timedelta(minutes=moved[1])}
    spans = sorted((timedelta(minutes=each) for each in offsets), reverse=True)

    found = reminders_of(meeting(start, **more), spans, ZoneInfo(zone))

    assert all(each.due_at < each.useful_until <= start for each in found)
    assert all(a.useful_until <= b.due_at for a, b in pairwise(found))
    assert len({each.occurrence for each in found}) == len(found)
