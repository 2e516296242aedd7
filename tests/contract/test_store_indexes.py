"""Google's emulator answers every query, Firestore only those with an index: so they are collected and compared."""

import sqlite3
from contextlib import closing

import pytest

from dela.store import checks as store_checks
from dela.store import sqlite_queries as store_sqlite_queries
from tests.support.forum import Forum
from tests.support.year import a_year_with_everything
from tools import indexes


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """All queries of a forum's year with everything in it: what they ask, and SQLite's plan for each."""
    found: dict[tuple, str] = {}
    real, forum = store_checks.refuse_impossible, Forum(tmp_path_factory.mktemp("year"))

    def note(kind, query) -> None:
        real(kind, query)
        found[kind, tuple(sorted(query.equal)), query.range_field] = plan(forum.settings.sqlite_path, kind, query)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_checks, "refuse_impossible", note)
        a_year_with_everything(forum)
    yield found
    forum.close()


def plan(path, kind, query) -> str:
    terms = [*store_sqlite_queries._matching(query), *store_sqlite_queries._past(query)]
    where, values = store_sqlite_queries._where(terms)
    order = f"{store_sqlite_queries.column(query.range_field)}, id" if query.range_field else "id"
    sql = f"EXPLAIN QUERY PLAN SELECT body FROM {kind.collection}{where} ORDER BY {order} LIMIT 5"
    with closing(sqlite3.connect(path)) as connection:
        try:
            return "; ".join(row[3] for row in connection.execute(sql, values))
        except sqlite3.OperationalError:
            return "SEARCH in what is not there yet"


def test_every_declared_index_is_used(asked):
    used = {(kind.collection, frozenset(equal), range_field) for kind, equal, range_field in asked}
    used |= {(collection, frozenset({field}), None) for collection, equal, _ in used for field in equal}
    for kind in indexes.document_kinds():
        for fields in kind.indexes:
            ranged = (kind.collection, frozenset(fields[:-1]), fields[-1])
            equal = (kind.collection, frozenset(fields), None)
            assert ranged in used or equal in used, f"nothing asks {kind.collection} for {fields}"


def test_every_combined_query_has_its_index_in_what_terraform_reads(asked):
    written = indexes.MANIFEST.read_text()
    assert written == indexes.manifest(), "run `make indexes`"

    combined = {(kind, equal, field) for kind, equal, field in asked if equal and field}
    assert combined, "the year asks for combinations"
    for kind, equal, field in combined:
        assert (*equal, field) in set(indexes.combined(kind))


def test_no_query_reads_a_whole_collection_of_people_or_mails_to_find_a_few(asked):
    scans = {
        (kind.collection, equal, field): how
        for (kind, equal, field), how in asked.items()
        if kind.collection in ("registrations", "messages", "pages") and (equal or field) and "SCAN" in how
    }
    assert scans == {}


def test_every_collection_has_a_name_of_its_own_that_needs_no_quotes():
    names = [kind.collection for kind in indexes.document_kinds()]

    assert len(set(names)) == len(names) >= 8
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)
