"""Which queries every store takes: those that Firestore can answer, so that what works at home works in the cloud."""

from dela.domain.documents import Document
from dela.ports.store import Query

CHUNK = 1000
"""Firestore bills a count as one read per so many index entries, begun ones counted as whole."""


def refuse_undeclared(kind: type[Document], query: Query) -> None:
    """Raise ValueError unless Firestore answers this query without an index or with one that `kind` declares.

    Equalities alone, and a range alone, need no declaration; together they need one with the range field last.
    """
    unknown = [name for name in (*query.equal, query.range_field) if name and name not in kind.model_fields]
    if unknown:
        raise ValueError(f"{kind.collection} has no field {', '.join(unknown)}")
    if query.range_field is None:
        if query.at_least is not None or query.below is not None:
            raise ValueError("a range needs its field")
        return
    wanted = (frozenset(query.equal), query.range_field)
    declared = {(frozenset(index[:-1]), index[-1]) for index in kind.indexes}
    if query.equal and wanted not in declared:
        raise ValueError(f"{kind.collection} declares no index for {sorted(query.equal)} with {query.range_field}")


def count_reads(matches: int) -> int:
    """What Firestore bills for a count."""
    return max(1, -(-matches // CHUNK))
