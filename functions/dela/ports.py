"""The ports, and the bundle of them that endpoints and use cases get."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import RLock
from typing import Any, Protocol, TypeVar, cast

from dela.clock.contract import Clock
from dela.errors import NotFound
from dela.mail.contract import MailService
from dela.queue.contract import Queue
from dela.settings import Settings
from dela.store.contract import ReadOnlyStore, Store
from dela.store.documents import Document

T = TypeVar("T")


class Declaration(Protocol):
    """Something that comes in kinds and is declared once, beside its subject: a mail, an audience, a duty."""

    @property
    def name(self) -> str:
        """Under which it is stored and found; one of its type has it."""
        ...


N = TypeVar("N", bound=Declaration)


class Declared:
    """What the rooms declare, by its type, in the order in which it is listed. It is read when first asked for."""

    def __init__(
        self, declarations: Callable[[], Iterable[Declaration]], documents: Callable[[], Iterable[type[Document]]]
    ) -> None:
        self._declarations, self._documents = declarations, documents

    def all(self, kind: type[N]) -> tuple[N, ...]:
        """All declarations of a type."""
        return tuple(cast(dict[str, N], self._by_type.get(kind, {})).values())

    def named(self, kind: type[N], name: str) -> N:
        """The declaration of that name. Raises NotFound: what nobody declares is neither sent nor shown."""
        found = cast(dict[str, N], self._by_type.get(kind, {})).get(name)
        if found is None:
            raise NotFound(f"{kind.__name__} {name} is not declared")
        return found

    @cached_property
    def documents(self) -> tuple[type[Document], ...]:
        """The kinds of documents that are stored."""
        return tuple(self._documents())

    @cached_property
    def _by_type(self) -> dict[type, dict[str, Any]]:
        """Raises ValueError if two of a type have one name."""
        found: dict[type, dict[str, Any]] = {}
        for each in self._declarations():
            same = found.setdefault(type(each), {})
            if each.name in same:
                raise ValueError(f"two declarations of {type(each).__name__} are called {each.name}")
            same[each.name] = each
        return found


class _Made:
    """What was made once of a process's settings. Threads share it; one maker may use another's."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._made: dict[Callable[[Settings], Any], Any] = {}

    def of(self, make: Callable[[Settings], T], settings: Settings) -> T:
        if make not in self._made:
            with self._lock:
                if make not in self._made:
                    self._made[make] = make(settings)
        return cast(T, self._made[make])


@dataclass(frozen=True)
class Ports:
    """Everything outside that a use case may touch, made once per process by wiring.py, and what the rooms declare.

    `unrecorded` remembers the ledger ids of mails that the server has taken while the store could not be written to
    (a full disk, a lock): this process records them later instead of sending them again.
    """

    settings: Settings
    store: Store
    queue: Queue
    mail: MailService
    clock: Clock
    declared: Declared
    unrecorded: set[str] = field(default_factory=set)
    _made: _Made = field(default_factory=_Made)

    def once(self, make: Callable[[Settings], T]) -> T:
        """What `make` makes of the settings, the same object for the life of the process."""
        return self._made.of(make, self.settings)

    @cached_property
    def read_only(self) -> "Ports":
        """The same ports for a GET: the store's writes raise."""
        return replace(self, store=ReadOnlyStore(self.store))
