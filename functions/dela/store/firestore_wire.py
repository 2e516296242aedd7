"""How documents and queries look in Firestore's protocol (google/firestore/v1/document.proto, query.proto)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from dela.errors import Unreadable
from dela.store.contract import Query, Scalar
from dela.store.documents import Document
from dela.store.query_checks import cursor_values
from dela.store.readable import parsed

D = TypeVar("D", bound=Document)

OPERATIONS = "_op"
"""The field that says which calls wrote a document last, newest first: so a lost answer can be found out about.

More than one is kept, because others may write on before one looks; it never leaves this adapter.
"""
OPERATIONS_KEPT = 5
NAMES_ONLY = {"fields": [{"field_path": "__name__"}, {"field_path": OPERATIONS}]}
"""What is read of a document where only its id is asked for."""


def fields_of(text: str, operation: str, earlier: str) -> dict[str, Any]:
    """The fields of a document from its JSON text, signed by the operation that writes it and by the earlier ones."""
    signed = [operation, *earlier.split()[: OPERATIONS_KEPT - 1]]
    return {name: _value(each) for name, each in {**json.loads(text), OPERATIONS: " ".join(signed)}.items()}


def document_of(kind: type[D], id: str, fields: Mapping[str, Any]) -> D:
    """The document that these fields make. Raises Unreadable, also for values that we never store, such as bytes."""
    stored = {name: _plain(value) for name, value in fields.items() if name != OPERATIONS}
    try:
        text = json.dumps(stored, allow_nan=False)
    except (TypeError, ValueError):
        raise Unreadable(f"a document of {kind.collection} can't be read: it holds what is no JSON") from None
    return parsed(kind, id, text)


def operations_of(fields: Mapping[str, Any]) -> str:
    """The calls that wrote these fields, newest first, with blanks between them."""
    return fields[OPERATIONS].string_value if OPERATIONS in fields else ""


def structured(kind: type[Document], query: Query) -> dict[str, Any]:
    """A query in Firestore's form, in its order and behind its cursor."""
    order = [*([query.range_field] if query.range_field is not None else ()), "__name__"]
    return {
        **matching(kind, query),
        "order_by": [{"field": {"field_path": name}, "direction": "ASCENDING"} for name in order],
        "limit": query.limit,
    }


def matching(kind: type[Document], query: Query) -> dict[str, Any]:
    """The part of a query that says which documents match, for counting."""
    filters = [*_equalities(query), *_bounds(query)]
    where = {"where": {"composite_filter": {"op": "AND", "filters": filters}}} if filters else {}
    return {"from_": [{"collection_id": kind.collection}], **where}


def start_after(query: Query, name: str) -> dict[str, Any]:
    """The cursor of a query, whose last document has this resource name."""
    *values, _ = cursor_values(query)
    return _start([_value(each) for each in values], name)


def start_past(query: Query, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The place behind a document that was found, by its resource name and fields, whatever they hold."""
    return _start([] if query.range_field is None else [fields[query.range_field]], name)


def _start(values: list[Any], name: str) -> dict[str, Any]:
    return {"values": [*values, {"reference_value": name}], "before": False}


def _equalities(query: Query) -> Iterator[dict[str, Any]]:
    for field, value in query.equal.items():
        yield _is_null(field, "IS_NULL") if value is None else _compared(field, "EQUAL", value)


def _bounds(query: Query) -> Iterator[dict[str, Any]]:
    if query.range_field is None:
        return
    if query.at_least is None and query.below is None:
        yield _is_null(query.range_field, "IS_NOT_NULL")
    if query.at_least is not None:
        yield _compared(query.range_field, "GREATER_THAN_OR_EQUAL", query.at_least)
    if query.below is not None:
        yield _compared(query.range_field, "LESS_THAN", query.below)


def _compared(field: str, operator: str, value: Scalar) -> dict[str, Any]:
    return {"field_filter": {"field": {"field_path": field}, "op": operator, "value": _value(value)}}


def _is_null(field: str, operator: str) -> dict[str, Any]:
    return {"unary_filter": {"field": {"field_path": field}, "op": operator}}


def _value(value: Any) -> dict[str, Any]:
    """A JSON value in Firestore's form."""
    if value is None:
        return {"null_value": 0}
    if isinstance(value, bool):
        return {"boolean_value": value}
    if isinstance(value, int):
        return {"integer_value": value}
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, str):
        return {"string_value": str(value)}
    if isinstance(value, dict):
        return {"map_value": {"fields": {name: _value(each) for name, each in value.items()}}}
    return {"array_value": {"values": [_value(each) for each in value]}}


def _plain(value: Any) -> Any:
    """A value of Firestore's in JSON's form."""
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return {name: _plain(each) for name, each in value.map_value.fields.items()}
    if kind == "array_value":
        return [_plain(each) for each in value.array_value.values]
    return None if kind == "null_value" else getattr(value, kind)
