"""What every store promises of queries and counts (store/contract.py, Query)."""

import itertools

import pytest

from dela.store.contract import Query
from tests.support.things import Thing

WORDS = ["", " ", "A", "Z", "a", "aa", "z", *"ÄÅÖåäé", "e\u0301", "\ue000", "\uffff", "\U00010000", "😀"]


def put(store, *things: Thing) -> None:
    def work(transaction) -> None:
        for thing in things:
            transaction.put(thing)

    store.transact(work)


def ids(store, **query) -> list[str]:
    """The ids that a query finds, the same inside a transaction, and as many by a count."""
    asked = Query(**query)
    found = [each.id for each in store.query(Thing, asked)]
    inside = store.transact(lambda transaction: transaction.query(Thing, asked))
    assert [each.id for each in inside] == found
    if asked.after is None and len(found) < asked.limit:
        assert store.count(Thing, asked) == len(found)
        assert store.transact(lambda transaction: transaction.count(Thing, asked)) == len(found)
    return found


def test_a_collection_that_nobody_wrote_to_is_empty(store):
    assert ids(store) == []
    assert ids(store, equal={"group": "a"}, range_field="rank") == []


def test_equalities_hold_all_at_once(store):
    combinations = itertools.product("ab", (0, 1, None), (True, False, None), ("", "x", None))
    things = [Thing(id=f"{n:02}", group=g, rank=r, flag=f, name=m) for n, (g, r, f, m) in enumerate(combinations)]
    put(store, *things)

    for equal in (
        {"group": "a"},
        {"rank": None},
        {"flag": None},
        {"flag": False},
        {"rank": 0},
        {"name": ""},
        {"name": None},
        {"group": "b", "rank": 1, "flag": True, "name": "x"},
        {"group": "b", "rank": None, "flag": None, "name": None},
        {"group": "c"},
        {"id": "03"},
        {"id": "03", "group": "b"},
    ):
        matching = [t.id for t in things if all(getattr(t, field) == value for field, value in equal.items())]
        assert ids(store, equal=equal) == matching


@pytest.mark.parametrize(
    "equal", [{"rank": True}, {"flag": 1}, {"rank": "1"}, {"name": 1}, {"name": True}, {"flag": "true"}], ids=str
)
def test_values_are_equal_only_with_their_type(store, equal):
    put(store, Thing(id="one", rank=1, flag=True, name="1"), Thing(id="two", name="true"))

    assert ids(store, equal=equal) == []


def test_a_range_holds_its_lower_bound_and_not_its_upper(store):
    put(store, *(Thing(id=f"{n}", rank=n) for n in range(-3, 6)), Thing(id="none", rank=None))

    assert ids(store, range_field="rank", at_least=0, below=3) == ["0", "1", "2"]
    assert ids(store, range_field="rank", at_least=4) == ["4", "5"]
    assert ids(store, range_field="rank", below=-1) == ["-3", "-2"]
    assert ids(store, range_field="rank", at_least=0, below=0) == []
    assert ids(store, range_field="rank", at_least=3, below=0) == []
    assert ids(store, range_field="rank") == [f"{n}" for n in range(-3, 6)]


def test_a_range_of_text_never_finds_none_and_finds_the_empty_text(store):
    put(store, Thing(id="none", name=None), Thing(id="empty", name=""), Thing(id="b", name="b"))

    assert ids(store, range_field="name", at_least="") == ["empty", "b"]
    assert ids(store, range_field="name", below="b") == ["empty"]
    assert ids(store, range_field="name") == ["empty", "b"]


def test_a_range_finds_values_of_its_own_type_only(store):
    put(store, Thing(id="rank", rank=5, name="x"))

    for bounds in ({"at_least": ""}, {"below": "z"}, {"at_least": "", "below": "z"}):
        assert ids(store, range_field="rank", **bounds) == []
    for bounds in ({"at_least": 0}, {"below": 9}, {"at_least": 0, "below": 9}):
        assert ids(store, range_field="name", **bounds) == []
        assert ids(store, range_field="flag", **bounds) == []


def test_the_order_is_that_of_the_range_field_then_of_the_id(store):
    put(store, *(Thing(id=f"{n:02}", rank=(n * 7) % 4) for n in range(12)))

    found = [(thing.rank, thing.id) for thing in store.query(Thing, Query(range_field="rank"))]

    assert found == sorted(found)
    assert ids(store) == sorted(f"{n:02}" for n in range(12))


def test_text_is_ordered_by_its_utf_8_bytes(store):
    put(store, *(Thing(id=f"id{word}", name=word) for word in WORDS))

    ordered = sorted(WORDS, key=lambda word: word.encode())
    assert [thing.name for thing in store.query(Thing, Query(range_field="name"))] == ordered
    assert ids(store) == [f"id{word}" for word in ordered]
    for low, high in itertools.pairwise(ordered):
        assert ids(store, range_field="name", at_least=low, below=high) == [f"id{low}"]
        assert ids(store, range_field="id", at_least=f"id{low}", below=f"id{high}") == [f"id{low}"]


def test_the_limit_cuts_off_and_a_count_ignores_it(store):
    put(store, *(Thing(id=f"{n}") for n in range(7)))

    assert ids(store, limit=3) == ["0", "1", "2"]
    assert ids(store, limit=1) == ["0"]
    last = store.get(Thing, "5")
    assert store.count(Thing, Query(limit=2, after=last)) == 7


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"range_field": "rank"},
        {"range_field": "name", "at_least": "b"},
        {"range_field": "id", "at_least": "01"},
        {"equal": {"group": "a"}},
        {"equal": {"group": "a"}, "range_field": "rank"},
        {"equal": {"group": "a", "flag": True}, "range_field": "rank", "at_least": 0, "below": 3},
    ],
    ids=str,
)
def test_a_cursor_goes_on_exactly_where_the_page_before_ended(store, query):
    put(
        store,
        *(
            Thing(id=f"{n:02}", group="ab"[n % 5 == 0], rank=n % 4 or None, name="abc"[n % 3], flag=n % 2 == 0)
            for n in range(40)
        ),
    )
    whole = ids(store, **query)

    pages, after = [], None
    while page := store.query(Thing, Query(**query, limit=3, after=after)):
        pages += [thing.id for thing in page]
        after = page[-1]

    assert pages == whole


def test_a_cursor_holds_although_its_document_is_gone_and_others_came(store):
    put(store, *(Thing(id=f"{n}", rank=n) for n in range(6)))
    last = store.query(Thing, Query(range_field="rank", limit=3))[-1]
    store.transact(lambda transaction: transaction.delete(Thing, last.id))
    put(store, Thing(id="a", rank=0), Thing(id="b", rank=2), Thing(id="c", rank=9))

    assert ids(store, range_field="rank", after=last) == ["b", "3", "4", "5", "c"]


def test_a_cursor_leads_through_ten_thousand_documents(store):
    for start in range(0, 10_000, 1000):
        put(store, *(Thing(id=f"{n:05}", rank=n // 7, group="a") for n in range(start, start + 1000)))

    seen, after = [], None
    while page := store.query(
        Thing, Query(equal={"group": "a"}, range_field="rank", at_least=0, limit=1000, after=after)
    ):
        seen += [thing.id for thing in page]
        after = page[-1]

    assert seen == [f"{n:05}" for n in range(10_000)]
    assert store.count(Thing, Query(equal={"group": "a"})) == 10_000
    assert store.count(Thing, Query(equal={"group": "a"}, range_field="rank", at_least=1000)) == 3000
