"""What a store holds, read without the program: the program is what the golden data are to judge."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

Fields = dict[str, Any]
Documents = dict[str, Fields]
"""COLLECTION/ID and the fields of a document, in JSON's form."""

QUEUE = "wakeups"
"""The table of the queue at home, which holds no documents."""
SIGNED = "_op"
"""The field by which the program finds out what became of a write in Firestore."""
AT_ONCE = 200
SECONDS = 20.0


def in_sqlite(path: Path) -> Documents:
    """The documents of a SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            f"{table}/{id}": json.loads(body)
            for table in sorted(set(tables) - {QUEUE})
            for id, body in connection.execute(f"SELECT id, body FROM {table} ORDER BY id")
        }


def waiting_in(path: Path) -> list[str]:
    """The keys that wait in the queue of a SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute(f"SELECT key FROM {QUEUE} ORDER BY key")]


def in_backup(archive: Path, folder: Path) -> Documents:
    """The documents of a backup, whose store is unpacked into a folder."""
    with ZipFile(archive) as opened:
        return in_sqlite(Path(opened.extract("dela.sqlite3", folder)))


def in_lines(lines: list[str]) -> Documents:
    """The documents of lines as `Wire` reads and writes them."""
    told = [json.loads(line) for line in lines]
    return {
        f"{each['collection']}/{each['id']}": {
            name: _plain(value) for name, value in each["fields"].items() if name != SIGNED
        }
        for each in told
    }


class Wire:
    """Documents in Firestore, by Google's client: one line of JSON each, its values with their types."""

    def __init__(self, client: Any, project: str) -> None:
        self._client = client
        self._database = f"projects/{project}/databases/(default)"
        self._documents = f"{self._database}/documents"
        headers = (("google-cloud-resource-prefix", self._database), ("authorization", "Bearer owner"))
        self._how = {"timeout": SECONDS, "metadata": headers}

    def write(self, lines: list[str]) -> None:
        """Store documents."""
        from google.cloud.firestore_v1.types import Document
        from google.protobuf.json_format import ParseDict

        writes = []
        for told in map(json.loads, lines):
            name = f"{self._documents}/{told['collection']}/{told['id']}"
            writes.append({"update": ParseDict({"name": name, "fields": told["fields"]}, Document.pb(Document()))})
        for start in range(0, len(writes), AT_ONCE):
            request = {"database": self._database, "writes": writes[start : start + AT_ONCE]}
            self._client.commit(request=request, **self._how)

    def read(self) -> list[str]:
        """All documents of all collections, in order."""
        from google.protobuf.json_format import MessageToDict

        lines = []
        for collection in sorted(self._client.list_collection_ids(request={"parent": self._documents}, **self._how)):
            request = {"parent": self._documents, "collection_id": collection, "page_size": AT_ONCE}
            for document in self._client.list_documents(request=request, **self._how):
                fields = MessageToDict(type(document).pb(document)).get("fields", {})
                told = {"collection": collection, "id": document.name.rpartition("/")[2], "fields": fields}
                lines.append(json.dumps(told, ensure_ascii=False, sort_keys=True))
        return lines


@contextmanager
def wire(emulator: str, project: str) -> Iterator[Wire]:
    """The way to a project on an emulator."""
    import grpc
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore_v1.services.firestore import FirestoreClient
    from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

    channel = grpc.insecure_channel(emulator)
    try:
        transport = FirestoreGrpcTransport(channel=channel, credentials=AnonymousCredentials())
        yield Wire(FirestoreClient(transport=transport), project)
    finally:
        channel.close()


def _plain(value: dict[str, Any]) -> Any:
    """A value of Firestore's (its JSON form) in JSON's."""
    (kind, held), *_ = value.items()
    if kind == "mapValue":
        return {name: _plain(each) for name, each in held.get("fields", {}).items()}
    if kind == "arrayValue":
        return [_plain(each) for each in held.get("values", [])]
    return int(held) if kind == "integerValue" else held
