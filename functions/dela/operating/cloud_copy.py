"""Everything of a forum in the cloud, as it was at one moment, in a store of home: so one backup is as the other."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from dela.declarations import DOCUMENTS
from dela.store.contract import Query, Reader, Transaction
from dela.store.documents import Document
from dela.store.firestore import FirestoreStore
from dela.store.sqlite import SqliteStore

PAGE = 200


def copy(source: FirestoreStore, target: Path) -> int:
    """Write the documents of `source` into a new file at `target`; answers how many could not be read."""
    reader, left = source.of_one_moment(DOCUMENTS[0]), 0
    with closing(SqliteStore(target.with_name("copy"))) as store:
        for kind in DOCUMENTS:
            left += reader.count(kind, Query())
            for page in _pages(reader, kind):
                store.transact(partial(_put, page))
                left -= len(page)
        store.backup(target)
    return left


def _put(page: list[Document], transaction: Transaction) -> None:
    for document in page:
        transaction.put(document)


def _pages(reader: Reader, kind: type[Document]) -> Iterator[list[Document]]:
    last: Document | None = None
    while page := list(reader.query(kind, Query(limit=PAGE, after=last))):
        yield page
        last = page[-1]
