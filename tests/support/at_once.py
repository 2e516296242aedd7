"""Many who do something at the same moment, and a forum in either home for them to do it in."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

from dela.errors import DelaError
from dela.store.firestore import FirestoreStore
from tests.support.forum import Forum


def at_once(work: Callable[[int], Any], many: int) -> list[Any]:
    """Run `work` in so many threads that start together; answers what each came to, be it one of our errors."""
    barrier = Barrier(many)

    def one(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except DelaError as error:
            return error

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


@contextmanager
def forum_in_firestore(folder: Path, emulator: str, project: str) -> Iterator[Forum]:
    """A forum whose documents lie in a project on the emulator."""
    forum = Forum(folder)
    at_home = forum.ports
    store = FirestoreStore(project, "(default)", emulator)
    forum.ports = replace(at_home, store=store)
    try:
        yield forum
    finally:
        store.close()
        forum.ports = at_home
        forum.close()
