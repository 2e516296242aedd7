"""Any sequence of operations has the same answers from SQLite, from Firestore and from a dictionary."""

from dataclasses import replace
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dela.errors import Conflict
from dela.store.contract import Operations, Query
from dela.store.firestore import FirestoreStore
from dela.store.sqlite import SqliteStore
from tests.support.forum import Forum
from tests.support.things import Thing
from tests.support.year import a_year_with_everything


class Stumble(Exception):
    """What some work raises on purpose."""


class Dictionary:
    """The port's promises on a dictionary, said as plainly as can be."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.operations = Operations()

    def get(self, kind, id):
        self.operations.add(reads=1)
        return self.things.get(id)

    def query(self, kind, query):
        found = self._matching(query)
        if query.after is not None:
            found = [thing for thing in found if self._place(query, thing) > self._place(query, query.after)]
        self.operations.add(reads=max(1, len(found[: query.limit])))
        return found[: query.limit]

    def ids(self, kind, query):
        return [thing.id for thing in self.query(kind, query)]

    def count(self, kind, query):
        self.operations.add(reads=max(1, -(-len(self._matching(query)) // 1000)))
        return len(self._matching(query))

    def create(self, thing):
        self.transact(lambda transaction: transaction.create(thing))

    def transact(self, work):
        writes = Writes(self)
        result = work(writes)
        if any(verb == "create" and id in self.things for verb, id, _ in writes.list):
            raise Conflict("exists")
        for verb, id, thing in writes.list:
            if verb == "delete":
                self.things.pop(id, None)
            else:
                self.things[id] = thing
        deletes = sum(verb == "delete" for verb, _, _ in writes.list)
        self.operations.add(writes=len(writes.list) - deletes, deletes=deletes)
        return result

    def _matching(self, query):
        equal = query.equal.items()
        found = [thing for thing in self.things.values() if all(same(getattr(thing, name), v) for name, v in equal)]
        if query.range_field is not None:
            found = [thing for thing in found if self._within(getattr(thing, query.range_field), query)]
        return sorted(found, key=lambda thing: self._place(query, thing))

    def _within(self, value, query):
        if value is None:
            return False
        value, low, high = utf8(value), utf8(query.at_least), utf8(query.below)
        return (low is None or low <= value) and (high is None or value < high)

    def _place(self, query, thing):
        field = () if query.range_field is None else (utf8(getattr(thing, query.range_field)),)
        return (*field, thing.id.encode())


class Writes:
    def __init__(self, model: Dictionary) -> None:
        self._model = model
        self.list: list[tuple[str, str, Thing | None]] = []

    def __getattr__(self, name):
        if self.list:
            raise RuntimeError("a transaction reads before it writes")
        return getattr(self._model, name)

    def create(self, thing):
        if any(thing.id == id for _, id, _ in self.list):
            raise ValueError("created after it was written")
        self.list.append(("create", thing.id, thing))

    def put(self, thing):
        self.list.append(("put", thing.id, thing))

    def delete(self, kind, id):
        self.list.append(("delete", id, None))


def utf8(value):
    return value.encode() if isinstance(value, str) else value


def same(stored, asked) -> bool:
    return type(stored) is type(asked) and stored == asked


ids = st.sampled_from(["a", "B", "å", "\uffff", "😀", "a.b"])
ranks = st.one_of(st.none(), st.integers(-2, 2))
names = st.one_of(st.none(), st.sampled_from(["", "a", "Å", "\ue000", "😀", "0"]))
flags = st.one_of(st.none(), st.booleans())
groups = st.sampled_from(["a", "b"])
things = st.builds(Thing, id=ids, group=groups, rank=ranks, name=names, flag=flags)
equals = st.fixed_dictionaries(
    {}, optional={"group": groups, "flag": flags, "rank": ranks, "name": names, "id": ids}
) | st.fixed_dictionaries({}, optional={"group": groups})
limits = st.sampled_from([1, 2, 100])


@st.composite
def queries(draw) -> Query:
    range_field = draw(st.sampled_from([None, "rank", "name", "id"]))
    if range_field is None:
        return Query(equal=draw(equals), limit=draw(limits), after=draw(st.none() | things))
    declared = {"rank": [(), ("group",), ("group", "flag")], "name": [(), ("group",)], "id": [()]}[range_field]
    values = {"group": groups, "flag": flags}
    bounds = {"rank": st.integers(-2, 2), "name": st.sampled_from(["", "a", "Å", "😀"]), "id": ids}[range_field]
    return Query(
        equal={field: draw(values[field]) for field in draw(st.sampled_from(declared))},
        range_field=range_field,
        at_least=draw(st.none() | bounds),
        below=draw(st.none() | bounds),
        limit=draw(limits),
        after=draw(st.none() | things.filter(lambda thing: getattr(thing, range_field) is not None)),
    )


reads = st.one_of(
    st.tuples(st.just("get"), ids),
    *(st.tuples(st.just(verb), queries()) for verb in ("query", "ids", "count")),
)
writes = st.one_of(
    st.tuples(st.just("create"), things), st.tuples(st.just("put"), things), st.tuples(st.just("delete"), ids)
)
transactions = st.tuples(
    st.just("transact"),
    st.lists(reads, max_size=3),
    st.lists(writes, max_size=4),
    st.sampled_from(["well", "well", "well", "stumbles", "reads late"]),
)
some = st.lists(things, min_size=3, max_size=6).map(lambda found: ("transact", [], [("put", t) for t in found], "well"))
more = st.lists(st.one_of(reads, st.tuples(st.just("create"), things), transactions, transactions), max_size=12)
steps = st.tuples(some, more).map(lambda both: [both[0], *both[1]])


def perform(store, step) -> object:
    """The answer of a step, or the error that it ends with."""
    try:
        if step[0] != "transact":
            return act(store, step)
        return store.transact(lambda transaction: work(transaction, *step[1:]))
    except (Conflict, Stumble, RuntimeError, ValueError) as error:
        return type(error)


def work(transaction, reading, writing, ending: str) -> list[object]:
    answers = [act(transaction, step) for step in reading]
    for step in writing:
        act(transaction, step)
    if ending == "stumbles":
        raise Stumble
    if ending == "reads late":
        answers.append(transaction.get(Thing, "a"))
    return answers


def act(store, step) -> object:
    verb, what = step
    if verb in ("get", "query", "ids", "count", "delete"):
        found = getattr(store, verb)(Thing, what)
        return list(found) if verb in ("query", "ids") else found
    return getattr(store, verb)(what)


def compare(steps, *stores) -> None:
    for step in steps:
        expected, *others = [perform(store, step) for store in stores]
        for answer in others:
            assert answer == expected
    expected, *costs = [store.operations for store in stores]
    for cost in costs:
        assert cost == expected, "they bill alike"


once = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@settings(once, max_examples=60)
@given(steps=steps)
def test_sqlite_answers_as_a_dictionary_would(steps, tmp_path_factory):
    store = SqliteStore(tmp_path_factory.mktemp("model") / "store.sqlite")
    compare(steps, Dictionary(), store)
    store.close()


@pytest.mark.firestore
@pytest.mark.slow
@pytest.mark.xdist_group("firestore")
@settings(once, max_examples=90)
@given(steps=steps)
def test_firestore_answers_as_sqlite_and_a_dictionary_would(steps, tmp_path_factory, emulator):
    sqlite = SqliteStore(tmp_path_factory.mktemp("model") / "store.sqlite")
    firestore = FirestoreStore(f"model-{token_hex(6)}", "(default)", emulator)
    compare(steps, Dictionary(), sqlite, firestore)
    firestore.close()
    sqlite.close()


@pytest.mark.firestore
@pytest.mark.slow
@pytest.mark.xdist_group("firestore")
def test_a_forums_life_comes_to_the_same_mails_and_the_same_bill_in_both_stores(tmp_path, emulator, firestore_project):
    lives = []
    for name in ("home", "cloud"):
        forum = Forum(tmp_path / name)
        if name == "cloud":
            store = FirestoreStore(firestore_project, "(default)", emulator)
            forum.ports = replace(forum.ports, store=store)
        a_year_with_everything(forum)
        lives.append(([(mail["To"], mail["Subject"]) for mail in forum.mails], forum.ports.store.operations))
        forum.close()

    assert lives[0] == lives[1]
    assert len(lives[0][0]) > 20
