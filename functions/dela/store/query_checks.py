"""Which queries every store takes: those that Firestore can answer, so that what works at home works in the cloud."""

from functools import cache, lru_cache
from typing import get_origin

from dela.store.contract import Query, Scalar
from dela.store.documents import Document
from dela.store.size_limits import INDEXED_BYTES

FIELDS_KEPT = 256
CHUNK = 1000
"""Firestore bills a count as one read per so many index entries, begun ones counted as whole."""


def refuse_impossible(kind: type[Document], query: Query) -> None:
    """Raise ValueError unless Firestore answers this query, without an index or with one that `kind` declares.

    Equalities alone, and a range alone, need no declaration; together they need one with the range field last.
    """
    _refuse_fields(kind, query)
    _refuse_values(kind, query)
    if query.limit < 1:
        raise ValueError("a query asks for one document at least")
    if query.after is not None:
        _refuse_cursor(kind, query, query.after)
    if query.range_field is None or not query.equal:
        return
    if (frozenset(query.equal), query.range_field) not in _declared(kind):
        raise ValueError(f"{kind.collection} declares no index for {sorted(query.equal)} with {query.range_field}")


def count_reads(matches: int) -> int:
    """What Firestore bills for a count."""
    return max(1, -(-matches // CHUNK))


def found_reads(matches: int) -> int:
    """What Firestore bills for a query: one read where nothing is found."""
    return max(1, matches)


def cursor_values(query: Query) -> list[Scalar]:
    """Where the page after `query.after` starts: the value of the range field, if there is one, and the id."""
    assert query.after is not None
    if query.range_field is None:
        return [query.after.id]
    stored = query.after.model_dump(mode="json", include={query.range_field})
    return [stored[query.range_field], query.after.id]


@cache
def _declared(kind: type[Document]) -> frozenset[tuple[frozenset[str], str]]:
    return frozenset((frozenset(index[:-1]), index[-1]) for index in kind.indexes)


def _refuse_fields(kind: type[Document], query: Query) -> None:
    for name in (*query.equal, *([query.range_field] if query.range_field is not None else ())):
        _refuse_field(kind, name)


@lru_cache(maxsize=FIELDS_KEPT)
def _refuse_field(kind: type[Document], name: str) -> None:
    if name not in kind.model_fields:
        raise ValueError(f"{kind.collection} has no field {name}")
    if get_origin(kind.model_fields[name].annotation) in (tuple, list, dict, set, frozenset):
        raise ValueError(f"{kind.collection}.{name} holds many values, which no query compares")


def _refuse_values(kind: type[Document], query: Query) -> None:
    bounds = [bound for bound in (query.at_least, query.below) if bound is not None]
    if bounds and query.range_field is None:
        raise ValueError("a range needs its field")
    if any(isinstance(bound, bool) for bound in bounds) or len({isinstance(bound, str) for bound in bounds}) > 1:
        raise ValueError("a range lies between two texts or between two numbers")
    for value in (*query.equal.values(), *bounds):
        if isinstance(value, str) and len(value.encode(errors="surrogatepass")) > INDEXED_BYTES:
            raise ValueError(f"{kind.collection}: indexes hold no more than {INDEXED_BYTES} bytes of a value")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError(f"{kind.collection}: a number must fit into 64 bits")


def _refuse_cursor(kind: type[Document], query: Query, last: Document) -> None:
    if not isinstance(last, kind):
        raise ValueError(f"a cursor through {kind.collection} is a document of it")
    if query.range_field is not None and getattr(last, query.range_field) is None:
        raise ValueError(f"no range of {query.range_field} has found this cursor")
