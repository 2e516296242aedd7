"""What every store promises of transactions (store/contract.py, Transaction and Store.transact)."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from dela.errors import Conflict, TemporaryFailure
from dela.store.contract import Query
from tests.contract.conftest import open_store
from tests.support.things import Counter, Seat, Thing


class Stumble(Exception):
    """What some work raises on purpose."""


def put(store, document) -> None:
    store.transact(lambda transaction: transaction.put(document))


def test_all_that_a_transaction_writes_is_there_afterwards_and_its_result_comes_back(store):
    put(store, Thing(id="old", rank=1))
    put(store, Thing(id="gone"))

    def work(transaction) -> str:
        old = transaction.get(Thing, "old")
        transaction.put(old.model_copy(update={"rank": old.rank + 1}))
        transaction.put(Thing(id="put"))
        transaction.create(Thing(id="created"))
        transaction.delete(Thing, "gone")
        transaction.create(Seat(id="seat", room="r"))
        return "done"

    assert store.transact(work) == "done"
    assert [(each.id, each.rank) for each in store.query(Thing, Query())] == [("created", 0), ("old", 2), ("put", 0)]
    assert store.get(Seat, "seat") is not None


@pytest.mark.parametrize("error", [Stumble, KeyboardInterrupt, Conflict, TemporaryFailure], ids=lambda e: e.__name__)
def test_what_work_raises_comes_out_and_nothing_is_written(store, error):
    put(store, Thing(id="old", rank=1))

    def work(transaction) -> None:
        transaction.get(Thing, "old")
        transaction.put(Thing(id="old", rank=2))
        transaction.create(Thing(id="new"))
        transaction.create(Seat(id="in a collection that is new", room="r"))
        transaction.delete(Thing, "old")
        raise error("on purpose")

    with pytest.raises(error, match="on purpose"):
        store.transact(work)

    assert [each.rank for each in store.query(Thing, Query())] == [1]
    assert store.query(Seat, Query()) == []
    put(store, Seat(id="works", room="still"))
    assert store.get(Seat, "works") is not None


def test_a_conflict_at_the_commit_writes_nothing_at_all(store):
    put(store, Thing(id="there", rank=1))
    reached = []

    def work(transaction) -> None:
        transaction.put(Thing(id="before"))
        transaction.create(Thing(id="there", rank=2))
        transaction.delete(Thing, "there")
        transaction.put(Thing(id="after"))
        reached.append(True)

    with pytest.raises(Conflict):
        store.transact(work)

    assert reached, "the conflict shows at the commit, not before"
    assert [(each.id, each.rank) for each in store.query(Thing, Query())] == [("there", 1)]


@pytest.mark.parametrize("read", ["get", "query", "count"])
@pytest.mark.parametrize("write", ["create", "put", "delete"])
def test_a_read_after_a_write_is_refused(store, read, write):
    reads = {
        "get": lambda transaction: transaction.get(Thing, "one"),
        "query": lambda transaction: transaction.query(Thing, Query()),
        "count": lambda transaction: transaction.count(Thing, Query()),
    }
    writes = {
        "create": lambda transaction: transaction.create(Thing(id="one")),
        "put": lambda transaction: transaction.put(Thing(id="one")),
        "delete": lambda transaction: transaction.delete(Thing, "one"),
    }

    def work(transaction) -> None:
        reads[read](transaction)
        writes[write](transaction)
        reads[read](transaction)

    with pytest.raises(RuntimeError, match="reads before it writes"):
        store.transact(work)
    assert store.count(Thing, Query()) == 0


def test_what_is_written_in_a_transaction_is_not_seen_before_its_end(stores):
    here, there = stores.open(), stores.open()
    put(here, Thing(id="one", rank=1))

    def work(transaction) -> None:
        transaction.put(Thing(id="one", rank=2))
        assert there.get(Thing, "one").rank == 1

    here.transact(work)
    assert there.get(Thing, "one").rank == 2


def test_the_last_of_several_writes_to_a_document_holds(store):
    def work(transaction) -> None:
        transaction.create(Thing(id="one", rank=1))
        transaction.put(Thing(id="one", rank=2))
        transaction.put(Thing(id="two", rank=1))
        transaction.delete(Thing, "two")
        transaction.delete(Thing, "three")
        transaction.put(Thing(id="three", rank=3))

    store.transact(work)

    assert [(each.id, each.rank) for each in store.query(Thing, Query())] == [("one", 2), ("three", 3)]


def test_to_delete_what_is_not_there_is_fine(store):
    for nobody in ("nobody", "", "a/b"):
        store.transact(lambda transaction, nobody=nobody: transaction.delete(Thing, nobody))


def test_a_transaction_may_do_nothing_or_only_read(store):
    put(store, Thing(id="one"))

    assert store.transact(lambda transaction: "nothing") == "nothing"
    assert store.transact(lambda transaction: transaction.count(Thing, Query())) == 1


def test_a_thousand_documents_are_written_and_erased_at_once(store):
    def write(transaction) -> None:
        for number in range(1000):
            transaction.create(Thing(id=f"{number:04}"))

    def erase(transaction) -> int:
        found = transaction.query(Thing, Query(limit=1000))
        for each in found:
            transaction.delete(Thing, each.id)
        return len(found)

    store.transact(write)
    assert store.count(Thing, Query()) == 1000
    assert store.transact(erase) == 1000
    assert store.count(Thing, Query()) == 0


def test_six_threads_that_count_up_one_document_lose_no_count(store):
    put(store, Counter(id="hot"))

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: count_up(store), range(6)))

    assert done.count(True) >= 4, "nearly all get through"
    assert store.get(Counter, "hot").value == done.count(True)


def count_up(store) -> bool:
    def work(transaction) -> None:
        found = transaction.get(Counter, "hot")
        transaction.put(found.model_copy(update={"value": found.value + 1}))

    try:
        store.transact(work)
    except TemporaryFailure:
        return False
    return True


def test_the_last_seat_does_not_go_twice_to_threads(stores):
    openers = [stores.open() for _ in range(2)]
    start = Barrier(4)

    def take(number: int) -> str:
        start.wait(30)
        return take_seat(openers[number % 2], f"person{number}")

    with ThreadPoolExecutor(4) as pool:
        took = list(pool.map(take, range(4)))

    assert openers[0].count(Seat, Query(equal={"room": "r"})) == took.count("seat") <= 2
    assert "seat" in took


@pytest.mark.slow
def test_the_last_seat_does_not_go_twice_to_processes(stores):
    spawning = multiprocessing.get_context("spawn")
    with spawning.Pool(3) as pool:
        took = pool.starmap(take_seat_elsewhere, [(stores.url, f"person{number}") for number in range(6)], chunksize=1)

    assert stores.open().count(Seat, Query(equal={"room": "r"})) == took.count("seat") == 2
    assert took.count("full") == 4


def take_seat_elsewhere(url: str, person: str) -> str:
    store = open_store(url)
    try:
        return take_seat(store, person)
    finally:
        store.close()


def take_seat(store, person: str, seats: int = 2) -> str:
    """One of two seats, as a sign-up takes it: by a count that decides, then a create."""

    def work(transaction) -> str:
        if transaction.count(Seat, Query(equal={"room": "r", "taken": True})) >= seats:
            return "full"
        transaction.create(Seat(id=person, room="r"))
        return "seat"

    try:
        return store.transact(work)
    except TemporaryFailure:
        return "busy"


def test_two_that_read_what_the_other_writes_do_not_both_win(stores):
    """Write skew: each of two doctors goes off duty because the other is on."""
    here, there = stores.open(), stores.open()
    for name in ("anna", "bo"):
        put(here, Counter(id=name, value=1))
    start = Barrier(2)

    def go_off(store, name: str, first: list[bool]) -> str:
        def work(transaction) -> str:
            on = [transaction.get(Counter, each) for each in ("anna", "bo")]
            if not first:
                first.append(True)
                meet(start)
            if sum(each.value for each in on) < 2:
                return "stays"
            transaction.put(Counter(id=name, value=0))
            return "goes"

        try:
            return store.transact(work)
        except TemporaryFailure:
            return "stays"

    with ThreadPoolExecutor(2) as pool:
        took = list(pool.map(go_off, (here, there), ("anna", "bo"), ([], [])))

    assert took.count("goes") <= 1
    assert sum(here.get(Counter, name).value for name in ("anna", "bo")) >= 1


def meet(barrier: Barrier) -> None:
    """Wait for the other, where the store lets both read at a time."""
    with suppress(BrokenBarrierError):
        barrier.wait(0.5)


def test_work_that_is_run_again_sees_what_changed_meanwhile(stores):
    here, there = stores.open(), stores.open()
    put(here, Counter(id="hot", value=1))
    seen: list[int] = []

    def work(transaction) -> None:
        seen.append(transaction.get(Counter, "hot").value)
        transaction.put(Counter(id="hot", value=seen[-1] + 10))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda store: store.transact(work), (here, there)))

    assert here.get(Counter, "hot").value == 21
    assert seen[-1] == 11
