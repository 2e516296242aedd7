"""The network between Dela and Firestore lies: what was answered, lost, late or refused (docs/rules.md)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from time import monotonic

import grpc
import pytest

from dela.errors import Broken, Conflict, TemporaryFailure
from dela.settings import Settings
from dela.store import firestore_calls as calls
from dela.store.contract import Query
from dela.store.firestore import FirestoreStore
from dela.store.firestore_transaction import FirestoreTransaction
from dela.wiring import ports_of
from tests.support.drop_proxy import (
    HANGS_AFTER,
    HANGS_BEFORE,
    LOST_ANSWER,
    LOST_REQUEST,
    RESET_AFTER,
    RESET_BEFORE,
    DropProxy,
    Fault,
    refused,
)
from tests.support.process import free_port
from tests.support.things import Counter, Thing

pytestmark = [pytest.mark.firestore, pytest.mark.slow, pytest.mark.xdist_group("firestore")]

GONE_BEFORE = {"lost": LOST_REQUEST, "reset": RESET_BEFORE, "hanging": HANGS_BEFORE}
GONE_AFTER = {"lost": LOST_ANSWER, "reset": RESET_AFTER, "hanging": HANGS_AFTER}
BOTH = {
    **{f"{name} before it came": fault for name, fault in GONE_BEFORE.items()},
    **{f"{name} after it was done": fault for name, fault in GONE_AFTER.items()},
}
READS = ("BatchGetDocuments", "RunQuery", "RunAggregationQuery")
Status = grpc.StatusCode


@pytest.fixture
def proxy(emulator):
    with DropProxy(emulator) as proxy:
        yield proxy


@pytest.fixture
def store(proxy, firestore_project, monkeypatch):
    """A store behind the proxy, in a hurry, so that tests need not wait."""
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.7)
    monkeypatch.setattr(calls, "FIRST_PAUSE_SECONDS", 0.02)
    store = FirestoreStore(firestore_project, "(default)", proxy.address)
    yield store
    store.close()


@pytest.fixture
def direct(emulator, firestore_project):
    """The same documents, past the proxy."""
    store = FirestoreStore(firestore_project, "(default)", emulator)
    yield store
    store.close()


def count_up(store, id: str = "hot") -> int:
    def work(transaction) -> int:
        value = transaction.get(Counter, id).value + 1
        transaction.put(Counter(id=id, value=value))
        return value

    return store.transact(work)


def put(store, document) -> None:
    store.transact(lambda transaction: transaction.put(document))


@pytest.mark.parametrize("fault", BOTH.values(), ids=BOTH)
def test_a_create_whose_answer_is_lost_returns_and_leaves_one_document(store, direct, proxy, fault):
    proxy.fail("Commit", fault)

    store.create(Thing(id="one", rank=7))

    assert [(each.id, each.rank) for each in direct.query(Thing, Query())] == [("one", 7)]
    assert store.operations.writes == 1


def test_a_create_that_loses_every_answer_but_the_last_returns(store, direct, proxy):
    proxy.fail("Commit", LOST_ANSWER, LOST_REQUEST, LOST_ANSWER)

    store.create(Thing(id="one"))

    assert direct.count(Thing, Query()) == 1


def test_a_conflict_with_somebody_else_stays_one_although_an_answer_is_lost(store, direct, proxy):
    direct.create(Thing(id="one", rank=1))
    proxy.fail("Commit", LOST_REQUEST, LOST_ANSWER)

    with pytest.raises(Conflict):
        store.create(Thing(id="one", rank=2))
    assert direct.get(Thing, "one").rank == 1


def test_who_comes_between_two_attempts_wins(store, direct, proxy):
    proxy.fail("Commit", LOST_REQUEST)
    proxy.when("BeginTransaction", lambda: direct.create(Thing(id="one", rank=1)))

    with pytest.raises(Conflict):
        store.create(Thing(id="one", rank=2))
    assert direct.get(Thing, "one").rank == 1


@pytest.mark.parametrize("before", ["BeginTransaction", "BatchGetDocuments", "Commit"])
def test_a_create_that_is_carried_out_late_is_recognised_as_our_own(store, direct, proxy, before):
    proxy.fail("Commit", Fault(late=before))

    store.create(Thing(id="one", rank=7))

    assert [each.rank for each in direct.query(Thing, Query())] == [7]


def test_a_create_that_is_carried_out_behind_our_back_is_recognised_at_the_commit(store, direct, proxy, monkeypatch):
    """As where no lock holds it off: the look before shows nothing, the commit says that it is there."""
    monkeypatch.setattr(FirestoreTransaction, "fetch", lambda self, names: [None for _ in names])
    proxy.fail("Commit", LOST_ANSWER)

    store.create(Thing(id="one", rank=7))

    assert direct.get(Thing, "one").rank == 7


@pytest.mark.parametrize("fault", BOTH.values(), ids=BOTH)
def test_a_transaction_whose_answer_is_lost_is_not_applied_twice(store, direct, proxy, fault):
    put(direct, Counter(id="hot", value=5))
    proxy.fail("Commit", fault)

    assert count_up(store) == 6

    assert direct.get(Counter, "hot").value == 6


def test_it_is_not_applied_twice_although_others_wrote_on_meanwhile(store, direct, proxy):
    put(direct, Counter(id="hot", value=5))
    proxy.fail("Commit", LOST_ANSWER)
    for _ in range(4):
        proxy.when("Rollback", lambda: count_up(direct))

    assert count_up(store) == 6

    assert direct.get(Counter, "hot").value == 10


@pytest.mark.parametrize("before", ["BeginTransaction", "BatchGetDocuments", "Commit"])
def test_a_transaction_that_is_carried_out_late_is_not_applied_twice(store, direct, proxy, before):
    put(direct, Counter(id="hot", value=5))
    proxy.fail("Commit", Fault(late=before))
    proxy.fail("Rollback", LOST_REQUEST)  # which would have stopped it

    assert count_up(store) == 6

    assert direct.get(Counter, "hot").value == 6


def test_an_erasure_whose_answer_is_lost_is_not_reported_as_nothing_to_erase(store, direct, proxy):
    put(direct, Thing(id="one"))

    def erase(transaction) -> str:
        if transaction.get(Thing, "one") is None:
            return "nothing"
        transaction.delete(Thing, "one")
        return "erased"

    proxy.fail("Commit", LOST_ANSWER)
    assert store.transact(erase) == "erased"
    assert direct.get(Thing, "one") is None
    assert store.operations.deletes == 1


def test_an_erasure_that_did_not_come_is_done_by_the_next_attempt(store, direct, proxy):
    for name in ("one", "two"):
        put(direct, Thing(id=name))

    def erase(transaction) -> None:
        for each in transaction.query(Thing, Query()):
            transaction.delete(Thing, each.id)

    proxy.fail("Commit", LOST_REQUEST)
    store.transact(erase)
    assert direct.count(Thing, Query()) == 0


@pytest.mark.parametrize("name", ["BeginTransaction", *READS])
@pytest.mark.parametrize("fault", [LOST_ANSWER, RESET_BEFORE, HANGS_AFTER], ids=["lost", "reset", "hanging"])
def test_a_read_inside_a_transaction_whose_answer_is_lost_only_costs_time(store, direct, proxy, name, fault):
    put(direct, Counter(id="hot", value=5))

    def work(transaction) -> None:
        transaction.count(Counter, Query())
        (found,) = transaction.query(Counter, Query())
        assert transaction.get(Counter, "hot") == found
        transaction.put(found.model_copy(update={"value": found.value + 1}))

    proxy.fail(name, fault)
    store.transact(work)

    assert direct.get(Counter, "hot").value == 6


@pytest.mark.parametrize(
    "status",
    [
        Status.UNAVAILABLE,
        Status.INTERNAL,
        Status.UNKNOWN,
        Status.RESOURCE_EXHAUSTED,
        Status.DEADLINE_EXCEEDED,
        Status.ABORTED,
        Status.CANCELLED,
    ],
    ids=lambda s: s.name,
)
def test_what_passes_is_tried_again(store, direct, proxy, status):
    put(direct, Counter(id="hot", value=5))
    for name in (*READS, "BeginTransaction", "Commit"):
        proxy.fail(name, refused(status), refused(status))

    assert store.get(Counter, "hot").value == 5
    assert len(store.query(Counter, Query())) == 1
    assert store.count(Counter, Query()) == 1
    assert count_up(store) == 6
    store.create(Counter(id="new"))

    assert direct.get(Counter, "hot").value == 6
    assert direct.count(Counter, Query()) == 2


@pytest.mark.parametrize(
    "status",
    [
        Status.PERMISSION_DENIED,
        Status.UNAUTHENTICATED,
        Status.NOT_FOUND,
        Status.FAILED_PRECONDITION,
        Status.INVALID_ARGUMENT,
        Status.UNIMPLEMENTED,
        Status.OUT_OF_RANGE,
        Status.DATA_LOSS,
    ],
    ids=lambda s: s.name,
)
def test_what_no_repetition_mends_is_said_at_once_and_clearly(store, direct, proxy, status):
    put(direct, Counter(id="hot", value=5))
    asked = {
        "BatchGetDocuments": lambda: store.get(Counter, "hot"),
        "RunQuery": lambda: store.query(Counter, Query()),
        "RunAggregationQuery": lambda: store.count(Counter, Query()),
        "BeginTransaction": lambda: count_up(store),
        "Commit": lambda: store.create(Counter(id="new")),
    }
    for name, ask in asked.items():
        proxy.fail(name, refused(status, "what anna@example.org typed"))
        before = len(proxy.calls)
        with pytest.raises(Broken, match=status.name) as caught:
            ask()
        assert "anna" not in str(caught.value)
        assert len(proxy.calls) == before + 1, "tried once"

    assert direct.count(Counter, Query()) == 1


def test_a_transaction_that_the_server_has_closed_is_begun_anew(store, direct, proxy):
    put(direct, Counter(id="hot", value=5))
    proxy.fail("Commit", refused(Status.INVALID_ARGUMENT, "The referenced transaction has expired."))
    proxy.fail("BatchGetDocuments", refused(Status.INVALID_ARGUMENT, "Transaction is invalid or closed."))

    assert count_up(store) == 6


def test_pauses_vary_and_grow_and_end_in_a_temporary_failure(store, proxy, monkeypatch):
    clock, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(calls, "monotonic", lambda: clock[0])
    monkeypatch.setattr(calls, "sleep", sleep)
    monkeypatch.setattr(calls, "FIRST_PAUSE_SECONDS", 0.1)
    proxy.fail_by_chance(1, [LOST_REQUEST], 1.0)

    with pytest.raises(TemporaryFailure, match="can't answer now"):
        store.get(Thing, "one")

    assert clock[0] <= calls.DEADLINE_SECONDS
    assert len(set(pauses)) == len(pauses) >= 6
    assert any(later < earlier for earlier, later in pairwise(pauses)), "they vary"
    assert max(pauses) <= calls.LONGEST_PAUSE_SECONDS
    assert max(pauses[:2]) <= 0.2 < max(pauses), "they grow"


def test_no_call_goes_without_a_time_limit_and_no_use_takes_longer_than_its_own(store, proxy, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.2)
    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 0.7)
    proxy.fail_by_chance(1, [HANGS_BEFORE], 1.0)

    for ask in (
        lambda: store.get(Thing, "one"),
        lambda: store.query(Thing, Query()),
        lambda: store.count(Thing, Query()),
        lambda: store.create(Thing(id="one")),
        lambda: count_up(store),
    ):
        start = monotonic()
        with pytest.raises(TemporaryFailure):
            ask()
        assert monotonic() - start < 3


def test_no_lock_is_held_while_pausing(store, direct, proxy, monkeypatch):
    """A transaction whose commit fails gives its locks back before it sleeps: others go on meanwhile."""
    put(direct, Counter(id="hot", value=5))
    monkeypatch.setattr(calls, "sleep", lambda seconds: count_up(direct))
    proxy.fail("Commit", LOST_REQUEST)

    start = monotonic()
    assert count_up(store) == 7
    assert monotonic() - start < 1.5, "the emulator waits two seconds for a lock"


def test_work_that_gives_up_gives_its_locks_back_at_once(store, direct, proxy):
    put(direct, Counter(id="hot", value=5))

    def work(transaction) -> None:
        transaction.get(Counter, "hot")
        raise KeyError("given up")

    with pytest.raises(KeyError):
        store.transact(work)
    start = monotonic()
    count_up(direct)
    assert monotonic() - start < 1.5


@pytest.mark.parametrize("seed", range(3))
def test_in_any_weather_nothing_is_lost_and_nothing_done_twice(store, direct, proxy, seed, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 5)  # longer than the emulator waits for a lock
    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 60)
    for id in ("a", "b"):
        put(direct, Counter(id=id))
    faults = [LOST_REQUEST, LOST_ANSWER, RESET_AFTER, refused(Status.INTERNAL), refused(Status.ABORTED)]
    proxy.fail_by_chance(seed, faults, 0.2)

    def act(number: int) -> str:
        store.create(Thing(id=f"{number}"))
        id = "ab"[number % 2]
        count_up(store, id)
        return id

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, range(10)))

    assert direct.count(Thing, Query()) == 10
    assert [direct.get(Counter, id).value for id in ("a", "b")] == [done.count("a"), done.count("b")]


def test_who_wrote_a_document_is_nowhere_outside_the_adapter(store):
    put(store, Counter(id="hot"))
    count_up(store)

    found = store.get(Counter, "hot")
    assert found.model_dump() == {"id": "hot", "value": 1}
    assert (found.model_extra, found.__pydantic_private__) == (None, None)


def test_a_server_that_is_away_is_a_temporary_failure(monkeypatch):
    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 0.5)
    with closing(FirestoreStore("nobody", "(default)", f"127.0.0.1:{free_port()}")) as store:
        for ask in (lambda: store.get(Thing, "one"), lambda: store.create(Thing(id="one"))):
            with pytest.raises(TemporaryFailure):
                ask()


def test_without_credentials_it_is_said_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    store = FirestoreStore("nobody", "(default)")

    with pytest.raises(Broken, match="credentials"):
        store.get(Thing, "one")


@pytest.mark.parametrize("database", ["", "/named"], ids=["the default database", "a named one"])
def test_the_settings_name_project_database_and_emulator(emulator, firestore_project, direct, database):
    keys = {"DELA_SECRET_KEYS": "the-key-of-the-tests", "DELA_IDENTITY_KEY": "the-identity-of-the-tests"}
    place = {"DELA_STORE": f"firestore://{firestore_project}{database}", "FIRESTORE_EMULATOR_HOST": emulator}
    with closing(ports_of(Settings.from_environment({**keys, **place})).store) as store:
        store.create(Thing(id="one"))
        assert store.count(Thing, Query()) == 1

    assert direct.count(Thing, Query()) == (0 if database else 1)
