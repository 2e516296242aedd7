"""One unreadable document stops nobody, and one that is changed keeps what this program does not know."""

import logging
import sqlite3
from contextlib import closing
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dela.errors import Conflict, Unreadable
from dela.store.contract import Query, ReadOnlyStore
from dela.store.documents import Document, Part
from dela.store.firestore import FirestoreStore
from dela.store.keeping import OfNobody
from dela.store.readable import get_readable, is_there, unreadable_in
from dela.store.sqlite import SqliteStore
from tests.support.things import Thing

NAN = float("nan")


class State(StrEnum):
    OLD = "old"


class Piece(Part):
    word: str


class Leaf(Document):
    """As this program knows it."""

    collection = "leaves"
    keeping = OfNobody()
    indexes = (("tree", "place"),)

    tree: str = "a"
    place: int = 0
    state: State = State.OLD
    pieces: tuple[Piece, ...] = ()


class Other(Document):
    """As another program may have written it."""

    collection = "leaves"
    keeping = OfNobody()

    tree: Any = "a"
    place: Any = 0
    state: Any = "old"
    pieces: Any = ()
    more: Any = None
    and_more: Any = None


WRONG = {
    "an unknown word": {"state": "of tomorrow"},
    "another type": {"state": 7},
    "nothing where something must be": {"state": None},
    "a part of another form": {"pieces": [{"words": 1}]},
    "a list that is none": {"pieces": "x"},
}


def put(store, *documents: Document) -> None:
    def work(transaction) -> None:
        for each in documents:
            transaction.put(each)

    store.transact(work)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_cant_be_read_is_told_of_whoever_asks_for_it_and_left_out_for_others(store, caplog, wrong):
    put(store, Leaf(id="a"), Other(id="b.secret", **wrong), Leaf(id="c"))

    with pytest.raises(Unreadable, match="leaves") as raised:
        store.get(Leaf, "b.secret")
    with pytest.raises(Unreadable):
        store.transact(lambda transaction: transaction.get(Leaf, "b.secret"))
    for _ in range(3):
        assert [each.id for each in store.query(Leaf, Query())] == ["a", "c"]
    assert store.transact(lambda transaction: [each.id for each in transaction.query(Leaf, Query())]) == ["a", "c"]
    assert get_readable(store, Leaf, "b.secret") is None
    assert is_there(store, Leaf, "b.secret")
    assert not is_there(store, Leaf, "d")
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) == store.operations.unreadable == 1, "logged once, and counted"
    for told in (str(raised.value), lines[0].getMessage()):
        assert not any(secret in told for secret in ("secret", "tomorrow", "words"))


def test_it_is_counted_and_its_id_is_found(store):
    put(store, Leaf(id="a"), Other(id="b", state="new"), Other(id="c", state=None, tree="b"), Leaf(id="d", place=1))

    assert store.count(Leaf, Query()) == 4
    assert list(store.ids(Leaf, Query())) == ["a", "b", "c", "d"]
    assert list(store.ids(Leaf, Query(limit=2, after=Leaf(id="a")))) == ["b", "c"]
    assert list(store.ids(Leaf, Query(equal={"tree": "b"}))) == ["c"]
    assert list(store.ids(Leaf, Query(equal={"tree": "a"}, range_field="place", below=1))) == ["a", "b"]
    assert list(ReadOnlyStore(store).ids(Leaf, Query(limit=1))) == ["a"]
    assert list(store.transact(lambda transaction: transaction.ids(Leaf, Query()))) == ["a", "b", "c", "d"]
    assert unreadable_in(store, Leaf, 1) == unreadable_in(store, Leaf, 100) == 2
    with pytest.raises(ValueError, match="no field"):
        store.ids(Leaf, Query(equal={"colour": "x"}))
    with pytest.raises(RuntimeError):
        store.transact(lambda transaction: (transaction.delete(Leaf, "a"), transaction.ids(Leaf, Query())))


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "query", [{}, {"range_field": "place"}, {"equal": {"tree": "a"}, "range_field": "place"}], ids=str
)
def test_pages_go_on_past_any_number_of_them(store, limit, query):
    """A cursor is a document that was read, so that none is stuck where nothing could be."""
    wrong = {0, 3, 4, 5, 6, 9}
    put(store, *(Other(id=f"{n}", place=n // 2, state="new" if n in wrong else "old") for n in range(10)))

    found: list[str] = []
    last = None
    while page := store.query(Leaf, Query(**query, limit=limit, after=last)):
        assert len(page) <= limit
        found += [each.id for each in page]
        last = page[-1]
        if len(page) < limit:
            assert not store.query(Leaf, Query(**query, limit=limit, after=last)), "fewer are the end"

    assert found == ["1", "2", "7", "8"]


def test_it_is_deleted_replaced_and_not_created_as_any_other(store):
    put(store, *(Other(id=id, state="new") for id in "abc"))

    with pytest.raises(Conflict):
        store.create(Leaf(id="a"))
    store.transact(lambda transaction: transaction.delete(Leaf, "b"))
    put(store, Leaf(id="c", place=7))

    assert list(store.ids(Leaf, Query())) == ["a", "c"]
    assert store.get(Leaf, "c").place == 7


def test_reading_past_it_is_billed(store):
    put(store, *(Other(id=f"{n}", state="new" if n else "old") for n in range(5)))
    before = store.operations.reads

    store.query(Leaf, Query(limit=2))

    assert store.operations.reads - before == 2 + 1 + 1 + 1 + 1 + 1 - 1


def test_a_change_keeps_what_this_program_does_not_know_and_a_new_one_in_its_place_does_not(store):
    put(store, Other(id="a", more={"x": [1, 2.5, None, "å"]}, and_more="kept", pieces=[{"word": "w", "meaning": 3}]))
    found = store.get(Leaf, "a")
    assert found == Leaf(id="a", pieces=found.pieces), "what it does not know it does not compare"
    assert "more" not in found.model_dump(), "nor tell"

    put(store, store.query(Leaf, Query())[0].model_copy(update={"place": 7}).model_copy(update={"tree": "b"}))

    kept = store.get(Other, "a")
    assert (kept.place, kept.tree, kept.and_more) == (7, "b", "kept")
    assert kept.more == {"x": [1, 2.5, None, "å"]}
    assert kept.pieces == [{"word": "w", "meaning": 3}]

    put(store, Leaf(id="a", place=8))
    assert store.get(Other, "a") == Other(id="a", place=8, pieces=[])
    assert store.get(Leaf, "a").unknown == {}


def test_what_is_kept_counts_against_the_limits(store):
    put(store, Other(id="a", more="x" * 1_000_000))

    with pytest.raises(ValueError, match="1 MiB"):
        put(store, store.get(Leaf, "a").model_copy(update={"tree": "y" * 60_000}))


plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
values = plain | st.lists(plain, max_size=3) | st.dictionaries(st.sampled_from(["k", "å", "a.b"]), plain, max_size=2)
names = st.sampled_from(["more", "and_more"])


@settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck))
@given(unknown=st.dictionaries(names, values, max_size=2), places=st.lists(st.integers(0, 9), min_size=1, max_size=3))
def test_any_unknown_fields_survive_any_number_of_changes(store, unknown, places):
    put(store, Other(id="a", **unknown))

    for place in places:

        def change(transaction, place=place) -> None:
            transaction.put(transaction.get(Leaf, "a").model_copy(update={"place": place}))

        store.transact(change)

    assert store.get(Other, "a") == Other(id="a", place=places[-1], pieces=[], **unknown)


def test_a_thing_without_unknown_fields_is_stored_as_ever(store):
    put(store, Thing(id="a"))
    put(store, store.get(Thing, "a").model_copy(update={"rank": 3}))
    assert store.get(Thing, "a") == Thing(id="a", rank=3)


def test_what_is_no_json_or_no_text_at_all_is_set_aside_too(tmp_path):
    """By whose hand it may have come there; a table whose fields have an index takes no such text."""

    class Plain(Document):
        collection = "plain"
        keeping = OfNobody()

        value: int = 0

    store = SqliteStore(tmp_path / "store.sqlite")
    put(store, Plain(id="a"), Plain(id="z", value=5))
    texts = ['CAST(\'{"id": "b"\' AS TEXT)', "CAST(x'ff' AS TEXT)", "''", "'null'", "'[]'", "x'00'", "7"]
    texts += ["""'{"id": "another"}'""", """'{"id": "i", "value": 1e999}'""", "'" + "[" * 500 + "'"]
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection, connection:
        for number, text in enumerate(texts):
            connection.execute(f"INSERT INTO plain VALUES ('b{number}', {text})")

    assert [each.id for each in store.query(Plain, Query())] == ["a", "z"]
    assert [each.id for each in store.query(Plain, Query(range_field="value"))] == ["a", "z"]
    assert list(store.ids(Plain, Query(equal={"value": 5}))) == ["z"]
    assert store.count(Plain, Query(equal={"value": 0})) == 1
    assert unreadable_in(store, Plain, 2) == len(texts)
    store.transact(lambda transaction: [transaction.delete(Plain, id) for id in store.ids(Plain, Query())])
    assert store.count(Plain, Query()) == 0
    store.close()


@pytest.mark.firestore
@pytest.mark.slow
@pytest.mark.xdist_group("firestore")
def test_values_of_types_that_we_never_store_are_set_aside_too(emulator, firestore_project):
    store = FirestoreStore(firestore_project, "(default)", emulator)
    put(store, Leaf(id="a"), Leaf(id="z"))
    client, strange = store._client, [{"bytes_value": b"x"}, {"timestamp_value": {"seconds": 1}}, {"double_value": NAN}]
    for number, value in enumerate([*strange, {"geo_point_value": {"latitude": 1}}]):
        name = f"{client.documents}/leaves/b{number}"
        fields = {"id": {"string_value": f"b{number}"}, "place": value}
        client.call(
            "commit", {"database": client.database, "writes": [{"update": {"name": name, "fields": fields}}]}, 9
        )

    assert [each.id for each in store.query(Leaf, Query())] == ["a", "z"]
    assert [each.id for each in store.query(Leaf, Query(range_field="place", limit=1))] == ["a"]
    assert len(store.ids(Leaf, Query())) == 6
    with pytest.raises(Unreadable):
        store.get(Leaf, "b0")
    store.close()
