"""The adapters that each contract is tried on: a further one is a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dela.store.contract import Store

NEEDS_FIRESTORE = (pytest.mark.firestore, pytest.mark.slow, pytest.mark.xdist_group("firestore"))


@dataclass
class Opener:
    """Opens stores that all see the same documents, as the processes of one installation do; `url` says where."""

    url: str
    opened: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        self.opened.append(open_store(self.url))
        return self.opened[-1]

    def close(self) -> None:
        for store in self.opened:
            store.close()


def open_store(url: str) -> Store:
    """A store by its address; in other processes too."""
    kind, place = url.split(":", 1)
    if kind == "sqlite":
        from dela.store.sqlite import SqliteStore

        return SqliteStore(Path(place))
    from dela.store.firestore import FirestoreStore

    emulator, project = place.split("/")
    return FirestoreStore(project, "(default)", emulator)


def _sqlite(request: pytest.FixtureRequest) -> str:
    return f"sqlite:{request.getfixturevalue('tmp_path') / 'store.sqlite'}"


def _firestore(request: pytest.FixtureRequest) -> str:
    return f"firestore:{request.getfixturevalue('emulator')}/{request.getfixturevalue('firestore_project')}"


ADAPTERS: dict[str, Callable[[pytest.FixtureRequest], str]] = {"sqlite": _sqlite, "firestore": _firestore}


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=NEEDS_FIRESTORE)])
def stores(request: pytest.FixtureRequest) -> Iterator[Opener]:
    opener = Opener(ADAPTERS[request.param](request))
    yield opener
    opener.close()


@pytest.fixture
def store(stores: Opener) -> Store:
    return stores.open()
