"""What every queue promises (queue/contract.py): each adapter passes all of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from dela.errors import TemporaryFailure
from tests.support.queue_cloud_home import CloudHome
from tests.support.queues import LocalHome, QueueHome

HOMES = (
    pytest.param(LocalHome, id="local"),
    pytest.param(CloudHome, id="cloud tasks", marks=pytest.mark.slow),
)


@pytest.fixture(params=HOMES)
def home(request, tmp_path) -> Iterator[QueueHome]:
    home = request.param(tmp_path)
    yield home
    home.close()


def delivered(home: QueueHome) -> list[str]:
    keys: list[str] = []
    home.deliver(keys.append)
    return keys


def test_what_is_enqueued_is_delivered_and_then_gone(home):
    home.queue.enqueue("message:one")

    assert delivered(home) == ["message:one"]
    home.later(days=1)
    assert delivered(home) == []


def test_nothing_is_delivered_before_its_time(home):
    home.queue.enqueue("page:later", home.now + timedelta(minutes=5))
    home.queue.enqueue("page:now", home.now)

    assert delivered(home) == ["page:now"]
    home.later(minutes=4, seconds=58)
    assert delivered(home) == []
    home.later(seconds=2)
    assert delivered(home) == ["page:later"]


def test_a_time_that_has_passed_is_now(home):
    home.queue.enqueue("message:late", home.now - timedelta(days=400))

    assert delivered(home) == ["message:late"]


def test_everything_arrives_however_much_it_is(home):
    keys = {f"message:{number}" for number in range(200)}
    for key in sorted(keys):
        home.queue.enqueue(key)

    assert set(delivered(home)) == keys


def test_the_same_key_and_time_may_be_merged_but_is_not_lost(home):
    for _ in range(3):
        home.queue.enqueue("page:same", home.now + timedelta(minutes=1))
    home.later(minutes=1)

    assert 1 <= delivered(home).count("page:same") <= 3


def test_a_key_that_is_enqueued_for_later_and_for_now_comes_now(home):
    home.queue.enqueue("page:moved", home.now + timedelta(days=2))
    home.queue.enqueue("page:moved")

    assert "page:moved" in delivered(home)


def test_a_key_may_be_enqueued_again_after_it_was_delivered(home):
    for _ in range(3):
        home.queue.enqueue("page:again")
        assert delivered(home) == ["page:again"]
        home.later(seconds=1)


@pytest.mark.parametrize("minutes", [1, 60])
def test_what_the_handler_enqueues_about_its_own_key_comes_when_it_is_due(home, minutes):
    home.queue.enqueue("page:stretch")
    seen = []

    def handler(key):
        seen.append(home.now)
        if len(seen) == 1:
            home.queue.enqueue(key, home.now + timedelta(minutes=minutes))

    begun = home.now
    while home.now <= begun + timedelta(minutes=minutes):
        home.deliver(handler)
        home.later(minutes=1)

    assert begun + timedelta(minutes=minutes) in seen


def test_what_fails_is_repeated_with_pauses_that_grow_until_it_succeeds(home):
    home.queue.enqueue("message:unlucky")
    times = []

    def fail(key):
        times.append(home.now)
        raise TemporaryFailure("the store is away")

    for _ in range(120):
        home.deliver(fail)
        home.later(seconds=1)

    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert len(pauses) >= 3
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]
    home.later(hours=1)
    assert delivered(home) == ["message:unlucky"]


def test_one_that_fails_does_not_hold_up_the_others(home):
    for name in ("a", "bad", "c"):
        home.queue.enqueue(f"message:{name}")
    seen = Counter[str]()

    def handler(key):
        seen[key] += 1
        if key == "message:bad":
            raise TemporaryFailure("not now")

    home.deliver(handler)
    assert seen == {"message:a": 1, "message:bad": 1, "message:c": 1}


def test_thirty_days_ahead_are_taken_and_more_are_refused(home):
    home.queue.enqueue("page:far", home.now + timedelta(days=30))

    with pytest.raises(ValueError, match="30 days"):
        home.queue.enqueue("page:too-far", home.now + timedelta(days=30, seconds=1))


def test_a_key_may_have_five_hundred_characters(home):
    key = "message:" + "x" * 492
    home.queue.enqueue(key)

    assert delivered(home) == [key]


def test_a_queue_that_is_away_says_so(home):
    home.break_off()

    with pytest.raises(TemporaryFailure):
        home.queue.enqueue("message:one")
