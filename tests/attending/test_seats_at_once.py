"""Fifty at once want what there are twenty of, in either home: all are answered, and no seat is left or oversold."""

from collections import Counter
from collections.abc import Iterator
from time import monotonic

import pytest

from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.own_data import erase
from dela.attending.registration import Registration
from dela.attending.seat import Seat
from dela.attending.standing import Closed, Standing
from dela.store.contract import Query
from tests.support.at_once import at_once, forum_in_firestore
from tests.support.forum import START, Forum

MANY, SEATS = 50, 20
NEEDS_FIRESTORE = (pytest.mark.firestore, pytest.mark.slow, pytest.mark.xdist_group("firestore"))


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=NEEDS_FIRESTORE)])
def anywhere(request: pytest.FixtureRequest, tmp_path) -> Iterator[Forum]:
    """A forum at home or in the cloud."""
    if request.param == "sqlite":
        yield request.getfixturevalue("forum")
        return
    emulator, project = (request.getfixturevalue(name) for name in ("emulator", "firestore_project"))
    with forum_in_firestore(tmp_path, emulator, project) as forum:
        yield forum


def signed_up(forum: Forum, meeting, many: int = MANY) -> list[str]:
    return [forum.sign_up(meeting, f"wants{number}@example.org") for number in range(many)]


def answers(found) -> Counter:
    """How many came to what: `seat`, where the meeting stands, or the name of an error."""

    def told(one) -> str:
        if isinstance(one, Closed):
            return one.standing.value
        return "seat" if isinstance(one, Registration) else type(one).__name__

    return Counter(map(told, found))


def seats(forum: Forum, meeting) -> list[Seat]:
    return list(forum.ports.store.query(Seat, Query(equal={"meeting": meeting.id}, limit=500)))


def people(forum: Forum, meeting) -> list[Registration]:
    found = forum.ports.store.query(Registration, Query(equal={"meeting": meeting.id}, limit=500))
    return [each for each in found if each.confirmed]


def everybody_sits_on_a_seat_of_their_own(forum: Forum, meeting) -> int:
    """How many do."""
    sitting = {(each.person, each.seat) for each in people(forum, meeting)}
    assert sitting == {(seat.person, seat.number) for seat in seats(forum, meeting)}
    assert all(1 <= number <= meeting.capacity for _, number in sitting)
    return len(sitting)


def seconds(act) -> tuple[float, list]:
    """How long it took until all were answered, and what each came to."""
    start = monotonic()
    found = act()
    return monotonic() - start, found


def as_an_older_release_left_it(forum: Forum, meeting, taken: int) -> None:
    """So many confirmed people who hold no seat, at a meeting that was planned when nobody did."""
    forum.crowd(meeting, taken)
    older = meeting.model_copy(update={"seated_for": None})
    forum.ports.store.transact(lambda store: store.put(older))


def test_fifty_who_confirm_at_once_for_twenty_seats_take_all_of_them_and_no_more(anywhere):
    """Who counts seats takes not much longer. Counting them in the transaction took 26 seconds, and was in vain."""
    unlimited, meeting = anywhere.meeting(), anywhere.meeting(START.replace(day=10), capacity=SEATS)
    without, ids = signed_up(anywhere, unlimited), signed_up(anywhere, meeting)

    usual, _ = seconds(lambda: at_once(lambda number: confirm(anywhere.ports, without[number], anywhere.now), MANY))
    took, found = seconds(lambda: at_once(lambda number: confirm(anywhere.ports, ids[number], anywhere.now), MANY))

    assert answers(found) == {"seat": SEATS, Standing.FULL: MANY - SEATS}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == SEATS
    print(f"{MANY} confirmations at once: {took:.2f} s where {SEATS} seats are counted, {usual:.2f} s elsewhere")
    assert took < 5 * usual + 3


def test_fifty_who_sign_up_at_once_where_seats_are_counted_are_all_answered(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)

    found = at_once(lambda number: anywhere.sign_up(meeting, f"person{number}@example.org"), MANY)

    assert Counter(map(type, found)) == {str: MANY}
    assert anywhere.ports.store.count(Registration, Query()) == MANY


def test_seats_that_are_given_back_meanwhile_are_there_for_whoever_asks_then(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)
    inside = [anywhere.confirmed(meeting, f"inside{number}@example.org") for number in range(SEATS)]
    ids = signed_up_before_it_was_full(anywhere, meeting)

    def act(number: int):
        if number < 8:
            return leave(anywhere.ports, inside[number], anywhere.now)
        if number < 12:
            return erase(anywhere.ports, inside[number])
        return confirm(anywhere.ports, ids[number - 12], anywhere.now)

    took, done = seconds(lambda: at_once(act, 12 + 30))
    print(f"30 confirmations while 12 leave: {took:.2f} s")
    found = answers(done[12:])
    assert set(found) <= {"seat", Standing.FULL}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == SEATS - 12 + found["seat"] <= SEATS

    again = answers(at_once(lambda number: press_again(anywhere, ids[number]), 30))
    assert again == {"seat": 12, Standing.FULL: 18}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == SEATS


def signed_up_before_it_was_full(forum: Forum, meeting) -> list[str]:
    """Thirty who wait for their confirmation at a meeting that is full by now."""
    larger = meeting.model_copy(update={"capacity": None})
    forum.ports.store.transact(lambda store: store.put(larger))
    ids = signed_up(forum, meeting, 30)
    forum.ports.store.transact(lambda store: store.put(meeting))
    return ids


def press_again(forum: Forum, id: str):
    return confirm(forum.ports, id, forum.now)


def test_a_person_who_presses_fifty_times_at_once_holds_one_seat(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)
    id = anywhere.sign_up(meeting)

    found = at_once(lambda _: confirm(anywhere.ports, id, anywhere.now), MANY if at_home(anywhere) else 6)

    assert set(answers(found)) <= {"seat", "TemporaryFailure"}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == 1


def at_home(forum: Forum) -> bool:
    """Not on Firestore's emulator, which is slow where many change one document."""
    return type(forum.ports.store).__name__ == "SqliteStore"


def test_who_is_too_late_takes_the_seats_of_the_next_meetings_to_the_last(anywhere):
    full = anywhere.meeting(capacity=1)
    small = anywhere.meeting(START.replace(day=10), capacity=6)
    large = anywhere.meeting(START.replace(day=17), capacity=8)
    late = signed_up(anywhere, full, 20)
    anywhere.confirmed(full, "early@example.org")

    found = at_once(lambda number: confirm_for_next(anywhere.ports, late[number], anywhere.now), 20)

    assert answers(found) == {"seat": 14, Standing.FULL: 6}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, small) == 6
    assert everybody_sits_on_a_seat_of_their_own(anywhere, large) == 8


def test_people_whom_an_older_release_confirmed_count_when_fifty_want_the_rest(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)
    ids = signed_up(anywhere, meeting)
    as_an_older_release_left_it(anywhere, meeting, 12)

    found = at_once(lambda number: confirm(anywhere.ports, ids[number], anywhere.now), MANY)

    assert answers(found) == {"seat": SEATS - 12, Standing.FULL: MANY - (SEATS - 12)}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == SEATS
