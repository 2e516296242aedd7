"""The store's queries in SQL. What only Firestore's typed values tell apart is told apart here by json_type."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

from dela.store.contract import Operations, Query, Scalar
from dela.store.documents import Document
from dela.store.query_checks import count_reads, cursor_values, found_reads
from dela.store.readable import all_read, parsed, read

D = TypeVar("D", bound=Document)
Term = tuple[str, tuple[Scalar, ...]]
"""A condition and the values of its question marks."""
PARSED_KEPT = 128
NUMBERS = "('integer', 'real')"
BODY = "CAST(body AS BLOB)"
"""As bytes: what is no UTF-8 is for whoever parses it to refuse."""
IF_JSON = "CASE WHEN json_valid(body) THEN body ELSE '{}' END"


def get(connection: sqlite3.Connection, operations: Operations, kind: type[D], id: str) -> D | None:
    """The document of that id, or None. Raises Unreadable."""
    operations.add(reads=1)
    sql = f"SELECT {BODY} FROM {kind.collection} WHERE id = ?"  # noqa: S608 (name of a class)
    row = connection.execute(sql, (id,)).fetchone()
    return read(operations, _name(kind, id), partial(_parsed, kind, id, row[0])) if row else None


def query(connection: sqlite3.Connection, operations: Operations, kind: type[D], query: Query) -> list[D]:
    """The documents that match and can be read, in order; it goes on until there are enough of them."""
    found: list[D] = []
    past = list(_past(query))
    while len(found) < query.limit:
        wanted = query.limit - len(found)
        rows = _rows(connection, operations, kind, replace(query, limit=wanted), past)
        found += all_read(operations, ((_name(kind, id), partial(_parsed, kind, id, body)) for id, _, body in rows))
        if len(rows) < wanted:
            break
        past = [_beyond(query.range_field, rows[-1][1], rows[-1][0])]
    return found


def ids(connection: sqlite3.Connection, operations: Operations, kind: type[Document], query: Query) -> list[str]:
    """The ids of those that match, in order."""
    return [row[0] for row in _rows(connection, operations, kind, query, list(_past(query)), body="NULL")]


def count(connection: sqlite3.Connection, operations: Operations, kind: type[Document], query: Query) -> int:
    """How many match."""
    where, values = _where(list(_matching(query)))
    sql = f"SELECT count(*) FROM {kind.collection}{where}"  # noqa: S608 (names of fields)
    count = int(_fetched(connection, sql, values)[0][0])
    operations.add(reads=count_reads(count))
    return count


def column(field: str) -> str:
    """The SQL expression for a field, as the indexes have it."""
    return "id" if field == "id" else f"json_extract(body, '$.{field}')"


def _rows(
    connection: sqlite3.Connection,
    operations: Operations,
    kind: type[Document],
    query: Query,
    past: list[Term],
    body: str = BODY,
) -> list[tuple[str, Scalar, bytes]]:
    """Id, range field and text of what matches and lies past a place, in order."""
    where, values = _where([*_matching(query), *past])
    ordered = column(query.range_field or "id")
    order = f"{ordered}, id" if query.range_field else "id"
    sql = f"SELECT id, {ordered}, {body} FROM {kind.collection}{where} ORDER BY {order} LIMIT ?"  # noqa: S608 (as above)
    rows = _fetched(connection, sql, [*values, query.limit])
    operations.add(reads=found_reads(len(rows)))
    return rows


def _fetched(connection: sqlite3.Connection, sql: str, values: list[Scalar]) -> list[Any]:
    """What a statement finds. What is no JSON at all has no fields, and must not stop the search for others."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        if "malformed JSON" not in str(error):
            raise
        return connection.execute(sql.replace("(body, '$.", f"({IF_JSON}, '$."), values).fetchall()


def _name(kind: type[Document], id: str) -> str:
    return f"{kind.collection}/{id}"


def _parsed(kind: type[D], id: str, body: bytes) -> D:
    """The document of that text. Documents never change, so one that is read again and again is parsed once."""
    return cast(D, _kept(kind, id, body))


@lru_cache(maxsize=PARSED_KEPT)
def _kept(kind: type[Document], id: str, body: bytes) -> Document:
    return parsed(kind, id, body)


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
    if query.after is not None:
        *values, id = cursor_values(query)
        yield _beyond(query.range_field, values[0] if values else None, id)


def _beyond(range_field: str | None, value: Scalar, id: Scalar) -> Term:
    """What comes after this value of the range field and this id."""
    return ("id > ?", (id,)) if range_field is None else (f"({column(range_field)}, id) > (?, ?)", (value, id))


def _where(terms: list[Term]) -> tuple[str, list[Scalar]]:
    values = [value for _, of_term in terms for value in of_term]
    return (f" WHERE {' AND '.join(term for term, _ in terms)}" if terms else ""), values
