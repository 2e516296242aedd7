"""Four places, held by a transaction: whoever comes first, and whatever the store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from dela.errors import Conflict, TemporaryFailure
from dela.meetings.meeting import Meeting
from dela.ports import Ports
from dela.speaking.agenda import AgendaItem
from dela.speaking.answer import Choice, answer
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.invite import Wanted, invite
from dela.speaking.places import Place, held_places
from dela.store.contract import Query
from tests.contract.conftest import NEEDS_FIRESTORE, Opener, _firestore, _sqlite
from tests.support.forum import NOW, START, Forum

MANY = 12
ADAPTERS = {"sqlite": _sqlite, "firestore": _firestore}


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=NEEDS_FIRESTORE)])
def ports(request, tmp_path) -> Ports:
    """A forum's ports over either store; its queue, which only wakes, is the one at home."""
    opener = Opener(ADAPTERS[request.param](request))
    forum = Forum(tmp_path / "forum")
    yield replace(forum.ports, store=opener.open())
    opener.close()
    forum.ports.queue.close()
    forum.ports.store.close()
    forum.log.__exit__()


def at_once(work):
    barrier = Barrier(MANY)

    def one(number):
        barrier.wait()
        for _ in range(20):
            try:
                return work(number)
            except Conflict as conflict:
                return conflict.code
            except TemporaryFailure:
                continue
        return "never"

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def a_meeting(ports: Ports, number: int = 1) -> Meeting:
    starts_at = START + timedelta(days=number)
    meeting = Meeting(id=f"2026-{number}", starts_at=starts_at, minutes=50, created_at=NOW, changed_at=NOW)
    ports.store.create(meeting)
    return meeting


def asked(ports: Ports, meeting: Meeting, number: int) -> str:
    told = {"name": f"N{number}", "organisation": "O", "municipality": "Åre", "language": "sv"}
    return invite(ports, meeting.id, Wanted(email=f"n{number}@example.org", **told), NOW).id


def test_of_twelve_who_say_yes_at_once_four_hold_a_place(ports):
    meeting = a_meeting(ports)
    ids = [asked(ports, meeting, number) for number in range(MANY)]
    outcomes = at_once(lambda number: answer(ports, ids[number], Choice.YES, NOW).invitation.state)
    assert sorted(outcomes) == ["confirmed"] * 4 + ["full"] * 8
    held = held_places(ports.store, meeting.id)
    confirmed = {each.person for each in ports.store.query(Invitation, Query()) if each.speaks}
    assert {place.person for place in held} == confirmed
    assert len(held) == len(ports.store.query(AgendaItem, Query(equal={"meeting": meeting.id}))) == 4


def test_twelve_presses_of_one_person_take_one_place_and_twelve_changes_of_mind_leave_none_or_one(ports):
    meeting = a_meeting(ports)
    id = asked(ports, meeting, 0)
    at_once(lambda _: answer(ports, id, Choice.YES, NOW))
    assert len(held_places(ports.store, meeting.id)) == 1
    at_once(lambda number: answer(ports, id, (Choice.YES, Choice.NO)[number % 2], NOW))
    found = ports.store.get(Invitation, id)
    assert len(held_places(ports.store, meeting.id)) == int(found.speaks)
    assert found.state in (InvitationState.CONFIRMED, InvitationState.WITHDRAWN)


def test_the_last_place_of_another_date_goes_once(ports):
    here, there = a_meeting(ports), a_meeting(ports, 2)
    for number in range(20, 23):
        answer(ports, asked(ports, there, number), Choice.YES, NOW)
    ids = [asked(ports, here, number) for number in range(MANY)]
    outcomes = at_once(lambda number: answer(ports, ids[number], Choice.OTHER, NOW, other=there.id).invitation.state)
    assert sorted(outcomes) == ["elsewhere"] + ["full"] * 11
    assert len(held_places(ports.store, there.id)) == 4


def test_twelve_at_once_invite_one_person_once(ports):
    meeting = a_meeting(ports)
    outcomes = at_once(lambda _: asked(ports, meeting, 0).partition(".")[0])
    assert sorted(outcomes) == [meeting.id] + ["asked"] * 11
    assert len(ports.store.query(Invitation, Query())) == 1
    assert ports.store.query(Place, Query()) == []
