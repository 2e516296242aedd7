"""What every store promises of documents (store/contract.py); queries, transactions, limits: files of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dela.errors import Conflict
from dela.store.contract import Query, ReadOnlyStore
from dela.store.documents import Document
from dela.store.keeping import OfNobody
from tests.support.things import Thing


def short(id: str) -> str:
    return ascii(id[:9])


NEVER_THERE = ["", ".", "..", "__x__", "a/b", "a/b/c", "x" * 1501, "å" * 751, "\ud800", "nobody"]


def test_a_document_comes_back_as_it_was_stored(store):
    thing = Thing(
        id="2026-1.KTZ2",
        group='Åre "Ö" \\ \u2028 😀 \x00',
        rank=-(2**53) - 1,
        name=None,
        flag=True,
        at=datetime(2026, 12, 3, 12, 10, 0, 1, tzinfo=timezone(timedelta(hours=1))),
        marks=("b", "", "a"),
        places={"Östersund": 1, "a.b`/": 2},
    )

    store.create(thing)

    found = store.get(Thing, thing.id)
    assert found == thing
    assert found.at == datetime(2026, 12, 3, 11, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("id", NEVER_THERE, ids=short)
def test_what_is_not_there_is_none_whatever_its_id(store, id):
    assert store.get(Thing, id) is None
    assert store.transact(lambda transaction: transaction.get(Thing, id)) is None


@pytest.mark.parametrize("id", ["a b", "å", "😀", "a\nb", "__a", "a.b", "x" * 1500, "å" * 750], ids=short)
def test_an_id_may_be_any_other_text(store, id):
    store.create(Thing(id=id))

    assert store.get(Thing, id).id == id
    assert [each.id for each in store.query(Thing, Query())] == [id]


def test_ids_are_told_apart_to_the_letter(store):
    for id in ("a", "A", "a ", "å", "a\u030a"):
        store.create(Thing(id=id, name=id))

    assert store.get(Thing, "å").name == "å"
    assert store.count(Thing, Query()) == 5


def test_collections_do_not_share_ids(store):
    class Other(Document):
        collection = "others"
        keeping = OfNobody()

    store.create(Thing(id="one"))

    assert store.get(Other, "one") is None
    store.create(Other(id="one"))


def test_an_id_is_created_once(store):
    store.create(Thing(id="one", name="first"))

    with pytest.raises(Conflict):
        store.create(Thing(id="one", name="second"))

    assert store.get(Thing, "one").name == "first"


def test_of_many_who_create_at_once_exactly_one_returns(stores):
    openers = [stores.open() for _ in range(3)]

    def create(number: int) -> bool:
        try:
            openers[number % 3].create(Thing(id="one", rank=number))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(create, range(12)))

    assert won.count(True) == 1
    assert openers[0].get(Thing, "one").rank == won.index(True)


def test_what_was_committed_before_is_seen_by_everyone(stores):
    here, there = stores.open(), stores.open()

    for number in range(5):
        here.transact(lambda transaction, number=number: transaction.put(Thing(id="one", rank=number)))
        assert there.get(Thing, "one").rank == number
        assert there.count(Thing, Query(equal={"rank": number})) == 1


def test_what_was_stored_is_there_when_the_store_is_opened_anew(stores):
    first = stores.open()
    first.create(Thing(id="one"))
    first.close()

    assert stores.open().get(Thing, "one") is not None
    assert first.get(Thing, "one") is not None, "a closed store opens again by itself"


def test_nothing_is_opened_at_construction(stores, monkeypatch):
    monkeypatch.setattr("sqlite3.connect", None)
    monkeypatch.setattr("grpc.insecure_channel", None)
    monkeypatch.setattr("grpc.secure_channel", None)
    stores.open()

    with pytest.raises(TypeError):
        stores.open().get(Thing, "one")


def test_a_store_for_a_get_reads_but_writes_nothing(store):
    store.create(Thing(id="one"))
    reading = ReadOnlyStore(store)

    assert reading.get(Thing, "one") is not None
    assert [each.id for each in reading.query(Thing, Query())] == ["one"]
    assert reading.count(Thing, Query()) == 1
    with pytest.raises(RuntimeError):
        reading.create(Thing(id="two"))
    with pytest.raises(RuntimeError):
        reading.transact(lambda transaction: transaction.put(Thing(id="two")))
    assert store.count(Thing, Query()) == 1


class TestProgramsOfTwoAges:
    """A document outlives the program that wrote it."""

    class Old(Document):
        collection = "aged"
        keeping = OfNobody()
        indexes = (("kept", "gone"),)

        kept: str
        gone: int = 0

    class New(Document):
        collection = "aged"
        keeping = OfNobody()
        indexes = (("kept", "came"),)

        kept: str
        came: str = "as usual"
        perhaps: str | None = None

    def test_a_field_that_came_has_its_default_in_older_documents(self, store):
        store.create(self.Old(id="one", kept="here", gone=7))

        assert store.get(self.New, "one") == self.New(id="one", kept="here")

    def test_a_field_that_went_is_ignored_in_older_documents_and_stays_in_them(self, store):
        store.create(self.Old(id="one", kept="here", gone=7))
        changed = store.get(self.New, "one").model_copy(update={"kept": "there"})
        store.transact(lambda transaction: transaction.put(changed))

        assert store.get(self.Old, "one") == self.Old(id="one", kept="there", gone=7)

    def test_an_older_program_reads_what_a_newer_one_wrote(self, store):
        store.create(self.New(id="one", kept="here", came="new", perhaps="new"))

        assert store.get(self.Old, "one") == self.Old(id="one", kept="here")

    def test_no_query_finds_a_document_by_a_field_that_it_lacks(self, store):
        store.create(self.Old(id="old", kept="here"))
        store.create(self.New(id="new", kept="here"))

        for equal in ({"came": "as usual"}, {"perhaps": None}):
            assert [each.id for each in store.query(self.New, Query(equal=equal))] == ["new"]
        for span in ({}, {"at_least": ""}, {"below": "z"}):
            ranged = Query(equal={"kept": "here"}, range_field="came", **span)
            assert [each.id for each in store.query(self.New, ranged)] == ["new"]
            assert store.count(self.New, ranged) == 1
