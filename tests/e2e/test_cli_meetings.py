"""What an operator types about meetings."""

from datetime import UTC, datetime

import pytest

from dela.meetings.meeting import Meeting, MeetingState
from dela.store.contract import Query
from tests.support.forum import Forum
from tests.support.operator import Operator

MARCH, JUNE = "2097-03-04T12:10", "2097-06-03T12:10"


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    return Operator(tmp_path, monkeypatch, capsys)


def meetings(operator):
    with operator.store() as store:
        return {each.id: each for each in store.query(Meeting, Query())}


def test_plan_makes_meetings_in_local_time_with_seats(operator):
    said = operator.types("plan", MARCH, JUNE, "--seats", "40")

    made = meetings(operator)
    assert [each.starts_at for each in made.values()] == [
        datetime(2097, 3, 4, 11, 10, tzinfo=UTC),
        datetime(2097, 6, 3, 10, 10, tzinfo=UTC),
    ]
    assert {each.capacity for each in made.values()} == {40}
    assert {each.minutes for each in made.values()} == {50}
    assert "2097-1 (Mon 4 Mar 2097 12:10): planned, 40 seats" in said


def test_another_zone_has_its_own_clocks(operator):
    operator.set(DELA_TIME_ZONE="America/New_York")
    operator.types("plan", MARCH)

    assert meetings(operator)["2097-1"].starts_at == datetime(2097, 3, 4, 17, 10, tzinfo=UTC)


def test_dates_that_are_wrong_are_all_named_and_none_is_planned(operator):
    operator.types("plan", MARCH)

    said = operator.is_refused(
        "plan", JUNE, "tomorrow", "2097-06-04", "2020-01-01T10:00", "2027-03-28T02:30", "2027-10-31T02:30", MARCH, JUNE
    )

    assert "tomorrow: not a date and time such as" in said
    assert "2097-06-04: not a date and time such as" in said
    assert "2020-01-01T10:00: that time has passed" in said
    assert "2027-03-28T02:30: the clocks in Europe/Stockholm are put forward over that time" in said
    assert "2027-10-31T02:30+02:00 or 2027-10-31T02:30+01:00" in said
    assert f"{MARCH}: there is a meeting at that time already" in said
    assert f"{JUNE}: there is a meeting at that time already" in said, "twice in one command"
    assert list(meetings(operator)) == ["2097-1"]


def test_a_time_that_exists_twice_is_told_apart_by_its_offset(operator):
    operator.types("plan", "2027-10-31T02:30+02:00", "2027-10-31T02:30+01:00")

    times = [each.starts_at.hour for each in meetings(operator).values()]
    assert times == [0, 1]


def test_no_seats_and_half_a_seat_are_typed_wrongly(operator):
    for seats in ("0", "-1", "1.5", "many"):
        with pytest.raises(SystemExit) as ended:
            operator.types("plan", MARCH, "--seats", seats)
        assert ended.value.code == 2


def test_link_sets_the_room_and_keeps_the_telephone_unless_told(operator):
    operator.types("plan", MARCH)

    operator.types("link", "2097-1", "https://meet.example.org/x", "--phone", "+46 10 555 01 00")
    operator.types("link", "2097-1", "https://meet.example.org/y")

    meeting = meetings(operator)["2097-1"]
    assert (meeting.room_url, meeting.phone) == ("https://meet.example.org/y", "+46 10 555 01 00")
    assert meeting.sequence == 0, "no calendar changes"


@pytest.mark.parametrize(
    "url", ["http://meet.example.org/x", "meet.example.org/x", "https://", "javascript:alert(1)", ""]
)
def test_an_address_that_the_button_could_not_lead_to_is_refused(operator, url):
    operator.types("plan", MARCH)

    said = operator.is_refused("link", "2097-1", url, "--phone", "call me")

    assert f"{url}: not an address of a meeting" in said
    assert "call me: not a telephone number" in said
    assert meetings(operator)["2097-1"].room_url == ""


def test_an_unknown_meeting_is_answered_with_those_that_exist(operator):
    assert "there is no meeting yet. Make one with: dela plan" in operator.is_refused("move", "2097-1", MARCH)
    operator.types("plan", MARCH, JUNE)

    for command in (("link", "x", "https://a.example"), ("move", "x", MARCH), ("cancel", "x", "--yes")):
        said = operator.is_refused(*command)
        assert "x: there is no such meeting. There are:" in said
        assert "2097-1 (Mon 4 Mar 2097 12:10)" in said
        assert "2097-2 (Mon 3 Jun 2097 12:10)" in said


def test_move_says_from_where_to_where_and_that_people_are_told(operator):
    operator.types("plan", MARCH)
    assert "Nobody has to be told" in operator.types("move", "2097-1", JUNE)
    assert "it is there already" in operator.types("move", "2097-1", JUNE)
    assert "that time has passed" in operator.is_refused("move", "2097-1", "2020-01-01T10:00")

    meeting = meetings(operator)["2097-1"]
    assert (meeting.starts_at, meeting.sequence) == (datetime(2097, 6, 3, 10, 10, tzinfo=UTC), 1)


def test_two_meetings_are_not_moved_onto_each_other(operator):
    operator.types("plan", MARCH, JUNE)

    assert f"{JUNE}: there is a meeting at that time already" in operator.is_refused("move", "2097-1", JUNE)
    operator.types("cancel", "2097-2", "--yes")
    operator.types("move", "2097-1", JUNE)


def test_cancel_asks_and_does_nothing_unless_told_yes(operator, monkeypatch):
    operator.types("plan", MARCH)
    forum = Forum(operator.folder / "keys-only", store=f"sqlite:///{operator.folder / 'dela.sqlite3'}")
    forum.crowd(forum.present_meeting("2097-1"), 3)
    forum.close()

    said = operator.is_refused("cancel", "2097-1")
    assert "3 people will be told by mail" in said
    assert "add --yes" in said

    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "no")
    assert "nothing was changed" in operator.is_refused("cancel", "2097-1")
    assert meetings(operator)["2097-1"].state is MeetingState.OPEN

    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert "3 people will be told" in operator.types("cancel", "2097-1")
    assert meetings(operator)["2097-1"].state is MeetingState.CANCELLED
    assert "3 people" in asked[0]


def test_a_cancelled_meeting_stays_cancelled(operator):
    operator.types("plan", MARCH)
    operator.types("cancel", "2097-1", "--yes")

    assert "it was cancelled before" in operator.types("cancel", "2097-1", "--yes")
    assert "this meeting is cancelled; plan a new one" in operator.is_refused("move", "2097-1", JUNE)
    assert "Nobody will use it" in operator.types("link", "2097-1", "https://meet.example.org/x")
    operator.types("plan", MARCH)
    assert list(meetings(operator)) == ["2097-1", "2097-2"], "its date is free again, its number is not"


def test_the_demos_meetings_are_changed_by_the_demos_clock(operator):
    from datetime import timedelta

    from dela.demo.clock import DemoClock
    from dela.operating.claim import claim
    from dela.store.installation import Purpose

    ports, clock = operator.ports(), DemoClock()
    claim(ports.store, Purpose.DEMO, clock.now())
    clock.attach(ports.store)
    clock.set(clock.now() + timedelta(days=40000))
    ports.store.close()

    assert "that time has passed" in operator.is_refused("plan", MARCH)
