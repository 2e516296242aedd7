"""`make indexes`: the combined indexes that Firestore needs, from what the documents declare.

The file has the form of the Firebase tools (firebase.google.com/docs/reference/firestore/indexes); Terraform reads it.
Indexes of single fields are Firestore's by itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dela.declarations import DOCUMENTS
from dela.store.documents import Document

MANIFEST = Path(__file__).parents[1] / "infra" / "firestore.indexes.json"


def main() -> None:
    """Write the manifest."""
    MANIFEST.parent.mkdir(exist_ok=True)
    MANIFEST.write_text(manifest())


def manifest() -> str:
    """The manifest's text, the same for the same declarations."""
    indexes = [_index(kind, fields) for kind in document_kinds() for fields in sorted(combined(kind))]
    return json.dumps({"indexes": indexes, "fieldOverrides": []}, indent=2) + "\n"


def document_kinds() -> list[type[Document]]:
    """The kinds of documents that are stored, by their collections."""
    return sorted(DOCUMENTS, key=lambda kind: kind.collection)


def combined(kind: type[Document]) -> Iterator[tuple[str, ...]]:
    """The declared indexes of several fields, with the fields of equality in one order."""
    for fields in kind.indexes:
        if len(fields) > 1:
            yield (*sorted(fields[:-1]), fields[-1])


def _index(kind: type[Document], fields: tuple[str, ...]) -> dict[str, Any]:
    """One index; the document's name is written out, because Terraform would otherwise want to make it anew."""
    ordered = [{"fieldPath": field, "order": "ASCENDING"} for field in (*fields, "__name__")]
    return {"collectionGroup": kind.collection, "queryScope": "COLLECTION", "fields": ordered}


if __name__ == "__main__":
    main()
