"""Fifty at once, in either home, want what there are twenty of: everybody is answered, and nothing is left or oversold."""

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
    return [forum.sign_up(meeting, f"person{number}@example.org") for number in range(many)]


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


def test_fifty_who_confirm_at_once_for_twenty_seats_take_all_of_them_and_no_more(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)
    ids = signed_up(anywhere, meeting)

    found = at_once(lambda number: confirm(anywhere.ports, ids[number], anywhere.now), MANY)

    assert answers(found) == {"seat": SEATS, Standing.FULL: MANY - SEATS}
    assert everybody_sits_on_a_seat_of_their_own(anywhere, meeting) == SEATS


def test_fifty_who_sign_up_at_once_where_seats_are_counted_are_all_answered(anywhere):
    meeting = anywhere.meeting(capacity=SEATS)

    found = at_once(lambda number: anywhere.sign_up(meeting, f"person{number}@example.org"), MANY)

    assert Counter(map(type, found)) == {str: MANY}
    assert anywhere.ports.store.count(Registration, Query()) == MANY
