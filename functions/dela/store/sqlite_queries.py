"""The store's queries in SQL. What only Firestore's typed values tell apart is told apart here by json_type."""

import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar, cast

from dela.store.contract import Operations, Query, Scalar
from dela.store.documents import Document
from dela.store.query_checks import count_reads, cursor_values, found_reads

D = TypeVar("D", bound=Document)
Term = tuple[str, tuple[Scalar, ...]]
"""A condition and the values of its question marks."""
PARSED_KEPT = 128
NUMBERS = "('integer', 'real')"


def get(connection: sqlite3.Connection, operations: Operations, kind: type[D], id: str) -> D | None:
    """The document of that id, or None."""
    operations.add(reads=1)
    sql = f"SELECT body FROM {kind.collection} WHERE id = ?"  # noqa: S608 (name of a class)
    row = connection.execute(sql, (id,)).fetchone()
    return _parsed(kind, row[0]) if row else None


def query(connection: sqlite3.Connection, operations: Operations, kind: type[D], query: Query) -> list[D]:
    """The documents that match, in order."""
    where, values = _where([*_matching(query), *_past(query)])
    order = f"{column(query.range_field)}, id" if query.range_field else "id"
    sql = f"SELECT body FROM {kind.collection}{where} ORDER BY {order} LIMIT ?"  # noqa: S608 (names of fields)
    rows = connection.execute(sql, (*values, query.limit)).fetchall()
    operations.add(reads=found_reads(len(rows)))
    return [_parsed(kind, row[0]) for row in rows]


def count(connection: sqlite3.Connection, operations: Operations, kind: type[Document], query: Query) -> int:
    """How many match."""
    where, values = _where(list(_matching(query)))
    sql = f"SELECT count(*) FROM {kind.collection}{where}"  # noqa: S608 (names of fields)
    count = int(connection.execute(sql, values).fetchone()[0])
    operations.add(reads=count_reads(count))
    return count


def column(field: str) -> str:
    """The SQL expression for a field, as the indexes have it."""
    return "id" if field == "id" else f"json_extract(body, '$.{field}')"


def _parsed(kind: type[D], body: str) -> D:
    """The document of that text. Documents never change, so one that is read again and again is parsed once."""
    return cast(D, _kept(kind, body))


@lru_cache(maxsize=PARSED_KEPT)
def _kept(kind: type[Document], body: str) -> Document:
    return kind.model_validate_json(body)


def _matching(query: Query) -> Iterator[Term]:
    for field, value in query.equal.items():
        yield from _equal(field, value)
    if query.range_field is not None:
        yield from _range(query.range_field, query.at_least, query.below)


def _equal(field: str, value: Scalar) -> Iterator[Term]:
    yield f"{column(field)} {'IS' if value is None else '='} ?", (value,)
    if not isinstance(value, str):
        # A field that is not there is not None, and true is not 1.
        names = "('null')" if value is None else "('true', 'false')" if isinstance(value, bool) else NUMBERS
        yield f"json_type(body, '$.{field}') IN {names}", ()


def _range(field: str, at_least: str | int | None, below: str | int | None) -> Iterator[Term]:
    """The bounds, in SQLite's order of types: numbers lie below every text."""
    if isinstance(at_least, int) or isinstance(below, int):
        yield f"json_type(body, '$.{field}') IN {NUMBERS}", ()
        below = "" if below is None else below
    elif isinstance(below, str) and at_least is None:
        at_least = ""
    yield f"{column(field)} IS NOT NULL", ()
    for sign, bound in ((">=", at_least), ("<", below)):
        if bound is not None:
            yield f"{column(field)} {sign} ?", (bound,)


def _past(query: Query) -> Iterator[Term]:
    """What comes after the cursor in the query's order."""
    if query.after is None:
        return
    values = tuple(cursor_values(query))
    yield ("id > ?" if query.range_field is None else f"({column(query.range_field)}, id) > (?, ?)"), values


def _where(terms: list[Term]) -> tuple[str, list[Scalar]]:
    values = [value for _, of_term in terms for value in of_term]
    return (f" WHERE {' AND '.join(term for term, _ in terms)}" if terms else ""), values
