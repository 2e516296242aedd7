"""What Firestore can't hold or find, no store takes (store/size_limits.py, store_query.py)."""

from typing import ClassVar

import pytest

from dela.store.contract import Query
from dela.store.documents import Document
from dela.store.keeping import OfNobody
from tests.support.things import Thing

MIB = 1024 * 1024


class Bag(Document):
    """A document with anything in it."""

    collection: ClassVar[str] = "bags"
    keeping = OfNobody()

    value: object = None
    other: object = None


def nested(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = {"m": value}
    return value


REFUSED = {
    "lists in lists": [[1]],
    "lists in lists later": ["x", [1]],
    "lists in lists in a map": {"a": ["x", [1]]},
    "too deep": nested(21),
    "an empty key": {"": 1},
    "a reserved key": {"__a__": 1},
    "a long key": {"k" * 1495: 1},
    "long keys in each other": {"å" * 400: {"å" * 400: 1}},
    "a long number": 2**63,
    "a long negative number": [-(2**63) - 1],
    "1 MiB": "x" * MIB,
    "1 MiB in UTF-8": "å" * (MIB // 2),
    "1 MiB in numbers": {"a": [0] * 39_000, "b": nested(1), "c": "x" * (MIB - 39_000 * 8 + 1)},
    "too many index entries": list(range(40_001)),
}
TAKEN = {
    "lists in a list of maps": [{"a": [1]}, {"a": [2]}],
    "brackets in a text": "[[1],[2]] {} ,[",
    "deep": nested(20),
    "keys": {"k" * 1494: 1, "__a": 1, "a__": 2, "___": 3, "a/b.c`": 4},
    "numbers": [2**63 - 1, -(2**63), 0, 1.5, -0.25, 1e300],
    "digits in a text": "12345678901234567890",
    "empty": [[], {}, ""][1:],
    "nearly 1 MiB": "x" * (MIB - 400),
    "many index entries": list(range(39_000)),
}


def write_some_way(store, document: Document, way: str) -> None:
    if way == "create":
        store.create(document)
    else:
        store.transact(lambda transaction: transaction.put(document))


@pytest.mark.parametrize("way", ["create", "put"])
@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_a_document_that_firestore_refuses_is_refused(store, value, way):
    with pytest.raises(ValueError, match="bags"):
        write_some_way(store, Bag(id="one", value=value), way)
    assert store.get(Bag, "one") is None


@pytest.mark.parametrize("value", TAKEN.values(), ids=TAKEN)
def test_a_document_at_the_edge_is_taken_whole(store, value):
    store.create(Bag(id="one", value=value))

    assert store.get(Bag, "one").value == value


@pytest.mark.parametrize("way", ["create", "put"])
@pytest.mark.parametrize(
    "id", ["", ".", "..", "__x__", "a/b", "/", "x" * 1501, "å" * 751, "\ud800"], ids=lambda name: ascii(name[:9])
)
def test_an_id_that_firestore_refuses_is_refused(store, id, way):
    with pytest.raises(ValueError, match="id"):
        write_some_way(store, Thing(id=id) if id != "\ud800" else Thing.model_construct(id=id), way)


def test_a_text_that_is_no_unicode_is_refused(store):
    with pytest.raises(ValueError, match=r"surrogates|utf-8"):
        store.create(Thing.model_construct(id="one", name="\ud800"))


def test_a_transaction_takes_no_more_than_four_mebibytes(store):
    def work(transaction) -> None:
        for number in range(5):
            transaction.put(Bag(id=f"{number}", value="x" * 1_000_000))

    with pytest.raises(ValueError, match="at once"):
        store.transact(work)
    assert store.count(Bag, Query()) == 0


@pytest.mark.parametrize("before", ["create", "put", "delete"])
def test_a_transaction_creates_nothing_that_it_has_written_before(store, before):
    def work(transaction) -> None:
        if before == "delete":
            transaction.delete(Thing, "one")
        else:
            getattr(transaction, before)(Thing(id="one"))
        transaction.create(Thing(id="one"))

    with pytest.raises(ValueError, match="written before"):
        store.transact(work)
    assert store.get(Thing, "one") is None


QUERIES = {
    "undeclared": Query(equal={"name": "x"}, range_field="rank"),
    "undeclared because one more": Query(equal={"group": "a", "name": "x"}, range_field="rank"),
    "undeclared the other way": Query(equal={"rank": 1}, range_field="group"),
    "an unknown field": Query(equal={"colour": "x"}),
    "an unknown range field": Query(range_field="colour"),
    "no field": Query(equal={"": "x"}),
    "a range without field": Query(at_least="x"),
    "bounds of two types": Query(range_field="rank", at_least=1, below="x"),
    "a range of truths": Query(range_field="flag", at_least=False),
    "a list": Query(equal={"marks": "x"}),
    "a map": Query(range_field="places"),
    "a long value": Query(equal={"name": "x" * 1501}),
    "a long bound": Query(range_field="name", at_least="å" * 751),
    "a long number": Query(equal={"rank": 2**63}),
    "nothing": Query(limit=0),
    "less than nothing": Query(limit=-1),
    "a cursor of another kind": Query(after=Bag(id="one")),
    "a cursor without a place": Query(range_field="rank", after=Thing(id="one", rank=None)),
}


REASONS = r"index|no field|its field|between two|many values|64 bits|at least|cursor"


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_that_firestore_could_not_answer_is_refused(store, query):
    store.create(Thing(id="one"))

    for ask in ("query", "count"):
        with pytest.raises(ValueError, match=REASONS):
            getattr(store, ask)(Thing, query)
        with pytest.raises(ValueError, match=REASONS):
            store.transact(lambda transaction, ask=ask: getattr(transaction, ask)(Thing, query))


@pytest.mark.parametrize(
    "query",
    [
        Query(equal={"group": "a"}, range_field="rank"),
        Query(equal={"group": "a", "flag": False}, range_field="rank"),
        Query(equal={"flag": False, "group": "a"}, range_field="rank"),
        Query(equal={"group": "a", "flag": False, "name": "", "rank": 0}),
        Query(range_field="at"),
    ],
    ids=str,
)
def test_a_query_that_is_declared_or_needs_no_declaration_is_answered(store, query):
    store.create(Thing(id="one"))

    assert store.count(Thing, query) == len(store.query(Thing, query))
