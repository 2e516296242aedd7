"""How long a page and a sign-up take on one connection, and how many a second 32 connections get."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bench.client import Connection, load, sign_ups
from bench.effort import Effort, median, p99
from bench.programs import Program, dela, floor, mail_sink, running
from bench.table import Row
from dela.store.documents import instant_text

CONNECTIONS = 32
PART_OF_CLIENT = 0.7
"""A client that computes longer than this is what was measured."""
CALM_SECONDS = 120.0
MICRO = 1e6

Sources = dict[Program, Iterator[bytes]]


def measure(folder: Path, effort: Effort) -> Iterator[Row]:
    with mail_sink() as port:
        ours, theirs = dela(folder / "dela", port), floor(folder / "floor")
        with running(ours, theirs):
            calm = _Calm(folder / "dela" / "data" / "dela.sqlite3")
            reading = {program: _always(program.first) for program in (ours, theirs)}
            signing = {ours: sign_ups(_action(ours)), theirs: sign_ups("/")}
            yield from _one_by_one(ours, theirs, reading, effort.asks, "GET of the page", 200, 1.5)
            yield from _one_by_one(ours, theirs, signing, max(20, effort.asks // 4), "sign-up", 303, 2)
            calm()
            yield from _together(ours, theirs, reading, effort, "GET of the page", 200, calm)
            yield from _together(ours, theirs, signing, effort, "sign-up", 303, calm)


def _one_by_one(
    ours: Program, theirs: Program, requests: Sources, asks: int, what: str, status: int, limit: float
) -> Iterator[Row]:
    connections = {program: Connection(program.port) for program in (ours, theirs)}
    took: dict[Program, list[float]] = {ours: [], theirs: []}
    for _ in range(asks):
        for program, connection in connections.items():
            took[program].append(connection.seconds(next(requests[program]), status) * MICRO)
    for connection in connections.values():
        connection.close()
    middle = median(took[ours])
    yield Row("1 connection", f"{what}, median", middle, "µs", median(took[theirs]), limit)
    if status == 200:
        yield Row("1 connection", f"{what}, 99th percentile to its median", p99(took[ours]), "µs", middle, 3)


def _together(
    ours: Program,
    theirs: Program,
    requests: Sources,
    effort: Effort,
    what: str,
    status: int,
    calm: Callable[[], None],
) -> Iterator[Row]:
    rates: dict[Program, list[float]] = {ours: [], theirs: []}
    failed, share = 0, 0.0
    for _ in range(effort.bursts):
        for program in (ours, theirs):
            burst = list(islice(requests[program], effort.burst))
            done = load(program.port, burst, CONNECTIONS, status)
            rates[program].append(done.per_second)
            failed, share = failed + done.failed, max(share, done.client_share)
            calm()
    note = "the client was the bottleneck" if share > PART_OF_CLIENT else ""
    rate = median(rates[ours])
    part = f"{CONNECTIONS} connections"
    yield Row(part, f"{what}, a second", rate, "", median(rates[theirs]), 0.5, at_least=True, note=note)
    yield Row(part, f"{what}, failed", failed, "", limit=0)


WORK = "SELECT count(*) FROM wakeups WHERE due_at <= ? OR version LIKE 'claimed-%'"
"""What is due or being worked on. A wake-up that lies ahead is no work: the schedule wakes what it sees being worked on
for the moment at which its holder would turn out to be dead, and that wake-up stays until then."""


def waits(database: sqlite3.Connection, now: datetime) -> bool:
    """Whether the queue in this file has something to do at `now`."""
    return bool(database.execute(WORK, (instant_text(now),)).fetchone()[0])


class _Calm:
    """Waits until the mails of the last sign-ups have left, so that they do not cost the floor its turn."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> None:
        give_up = time.monotonic() + CALM_SECONDS
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as database:
            while time.monotonic() < give_up:
                if not waits(database, datetime.now(UTC)):
                    return
                time.sleep(0.05)
        raise RuntimeError("the mails of the sign-ups do not leave")


def _always(request: bytes) -> Iterator[bytes]:
    while True:
        yield request


def _action(program: Program) -> str:
    """The path that the page's form posts to."""
    connection = Connection(program.port)
    page = connection.ask(program.first, 200).data.decode()
    connection.close()
    found: Sequence[str] = re.findall(r'<form method="post" action="https?://[^/]+([^"]+)"', page)
    return found[0].replace("&amp;", "&")
