"""Where seats are counted, everybody who is confirmed holds one, and gives it back with whatever ends that."""

from datetime import timedelta

import pytest

from dela.attending.confirm import confirm
from dela.attending.leave import leave
from dela.attending.own_data import erase, export
from dela.attending.registration import RegistrationState
from dela.attending.seat import Seat
from dela.attending.seating import Settling, settle, settle_seats
from dela.attending.standing import Closed
from dela.duties.run_duties import retain
from dela.errors import TemporaryFailure
from dela.store.contract import Query
from tests.support.forum import START
from tests.support.things import operations_in


def taken(forum, meeting) -> list[int]:
    found = forum.ports.store.query(Seat, Query(equal={"meeting": meeting.id}, limit=200))
    return sorted(seat.number for seat in found)


def join(forum, meeting, *numbers: int) -> list[str]:
    return [forum.confirmed(meeting, f"person{number}@example.org") for number in numbers]


def has_seats(forum, meeting, capacity: int | None) -> None:
    present = forum.present_meeting(meeting.id)
    forum.ports.store.transact(lambda store: store.put(present.model_copy(update={"capacity": capacity})))


def put(forum, registration, **update) -> None:
    forum.ports.store.transact(lambda store: store.put(registration.model_copy(update=update)))


def is_full(forum, meeting, address: str) -> bool:
    try:
        forum.confirmed(meeting, address)
    except Closed:
        return True
    return False


ENDS = {
    "leaving": lambda forum, whose: leave(forum.ports, whose, forum.now),
    "a mail program": lambda forum, whose: leave(forum.ports, whose, forum.now, by_mail_program=True),
    "erasing": lambda forum, whose: erase(forum.ports, whose),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_seat_is_held_from_the_confirmation_to_its_end_and_then_another_person_may_have_it(forum, end):
    meeting = forum.meeting(capacity=1)
    id = forum.sign_up(meeting)
    late = forum.sign_up(meeting, "late@example.org")
    assert taken(forum, meeting) == []

    confirm(forum.ports, id, forum.now)
    assert (taken(forum, meeting), forum.registration(id).seat) == ([1], 1)
    with pytest.raises(Closed, match="full"):
        confirm(forum.ports, late, forum.now)

    ENDS[end](forum, id)
    assert taken(forum, meeting) == []
    assert confirm(forum.ports, late, forum.now).seat == 1


def test_who_comes_back_takes_a_seat_like_everybody(forum):
    meeting = forum.meeting(capacity=2)
    (id,) = join(forum, meeting, 1)
    leave(forum.ports, id, forum.now)
    forum.later(hours=1)
    join(forum, meeting, 2, 1)

    assert taken(forum, meeting) == [1, 2]
    assert is_full(forum, meeting, "late@example.org")


def test_where_seats_are_not_counted_nobody_holds_one(forum):
    meeting = forum.meeting()
    join(forum, meeting, 1, 2, 3)

    assert taken(forum, meeting) == []


def test_a_smaller_capacity_keeps_who_is_in_and_takes_nobody_until_it_fits(forum):
    meeting = forum.meeting(capacity=5)
    ids = sorted(join(forum, meeting, 1, 2, 3, 4), key=lambda each: forum.registration(each).seat)
    waiting = [forum.sign_up(meeting, f"late{number}@example.org") for number in range(2)]
    has_seats(forum, meeting, 2)

    for id in ids[:2]:
        with pytest.raises(Closed, match="full"):
            confirm(forum.ports, waiting[0], forum.now)
        leave(forum.ports, id, forum.now)
    with pytest.raises(Closed, match="full"):
        confirm(forum.ports, waiting[0], forum.now)
    leave(forum.ports, ids[2], forum.now)

    assert confirm(forum.ports, waiting[0], forum.now).confirmed
    assert taken(forum, meeting) == [1, 2], "who sat beyond has moved up"
    with pytest.raises(Closed, match="full"):
        confirm(forum.ports, waiting[1], forum.now)


def test_a_larger_capacity_and_none_take_more_at_once(forum):
    meeting = forum.meeting(capacity=1)
    join(forum, meeting, 1)
    has_seats(forum, meeting, 3)
    join(forum, meeting, 2)
    has_seats(forum, meeting, None)
    join(forum, meeting, 3, 4)
    has_seats(forum, meeting, 5)
    join(forum, meeting, 5)

    assert taken(forum, meeting) == [1, 2, 3, 4, 5]
    assert is_full(forum, meeting, "late@example.org")


def left_by_an_older_release(forum, meeting) -> None:
    put(forum, forum.registration(join(forum, meeting, 3)[0]), state=RegistrationState.LEFT, seat=None)


def confirmed_by_an_older_release(forum, meeting) -> None:
    id = forum.sign_up(meeting, "without@example.org")
    put(forum, forum.registration(id), state=RegistrationState.CONFIRMED, expires_at=None)


@pytest.mark.parametrize(
    ("what", "people"), [(left_by_an_older_release, 2), (confirmed_by_an_older_release, 3)], ids=["left", "confirmed"]
)
def test_once_a_day_what_an_older_release_did_meanwhile_is_put_right(forum, what, people):
    """It knows no seats: who leaves holds one still, and who confirms has none."""
    meeting = forum.meeting(capacity=3)
    join(forum, meeting, 1, 2)
    what(forum, meeting)

    assert settle_seats(forum.ports, forum.now) == 1
    assert len(taken(forum, meeting)) == people
    cost = operations_in(forum.ports.store, lambda: settle_seats(forum.ports, forum.now))
    assert (cost.reads, cost.writes, cost.deletes) == (3, 0, 0), "the open meetings, two counts"


def test_seats_that_nobody_sits_in_are_found_by_whoever_would_be_refused(forum):
    meeting = forum.meeting(capacity=1)
    (id,) = join(forum, meeting, 1)
    put(forum, forum.registration(id), state=RegistrationState.LEFT, seat=None)

    assert not is_full(forum, meeting, "late@example.org")


def test_while_one_settles_a_meeting_others_wait_and_take_over_only_who_has_died(forum, monkeypatch):
    monkeypatch.setattr("dela.attending.take_seat.sleep", lambda seconds: None)
    meeting = forum.meeting(capacity=5)
    id = forum.sign_up(meeting)
    forum.crowd(meeting, 2)
    older = meeting.model_copy(update={"seated_for": None})
    forum.ports.store.transact(lambda store: store.put(older))
    forum.ports.store.create(Settling(id=meeting.id, until=forum.now + timedelta(seconds=30)))

    assert settle(forum.ports, older) is None
    with pytest.raises(TemporaryFailure):
        confirm(forum.ports, id, forum.now)
    assert taken(forum, meeting) == []

    forum.later(seconds=30)
    assert confirm(forum.ports, id, forum.now).confirmed
    assert len(taken(forum, meeting)) == 3
    assert forum.ports.store.count(Settling, Query()) == 0


def test_the_last_seat_of_a_large_meeting_is_found_without_looking_at_all_of_it_each_time(forum):
    meeting = forum.meeting(capacity=100)
    reads = [
        operations_in(forum.ports.store, lambda: join(forum, meeting, number)).reads  # noqa: B023  (called at once)
        for number in range(100)
    ]

    assert taken(forum, meeting) == list(range(1, 101))
    assert sum(reads) <= 100 * 30, "a look at all seats for each would be 5000 more"


def test_whose_seat_it_is_stands_in_their_data_and_goes_in_time(forum):
    meeting = forum.meeting(capacity=5)
    (id,) = join(forum, meeting, 1)

    (told,) = export(forum.ports, id)["seats"]
    assert (told["meeting"], told["number"]) == (meeting.id, forum.registration(id).seat)

    forum.at(START + timedelta(days=400))
    retain(forum.ports, forum.now)
    assert taken(forum, meeting) == []
