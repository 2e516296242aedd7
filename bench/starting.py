"""Start-up to the first answer, and memory, each time in fresh processes, turn by turn."""

from collections.abc import Iterator
from pathlib import Path

from bench.effort import Effort, median
from bench.programs import dela, floor, mail_sink
from bench.table import Row

MIB = 1 << 20


def measure(folder: Path, effort: Effort) -> Iterator[Row]:
    with mail_sink() as port:
        programs = (dela(folder / "dela", port), floor(folder / "floor"))
        starts: tuple[list[float], list[float]] = ([], [])
        memory: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        for _ in range(effort.starts):
            for program, seconds, sizes in zip(programs, starts, memory, strict=True):
                try:
                    seconds.append(program.start())
                    sizes.append(program.memory())
                finally:
                    program.stop()
    ours, theirs = (median(seconds) for seconds in starts)
    yield Row("start-up", "from nothing to the first page", ours, "s", theirs, 1.3)
    for index, what in enumerate(("resident", "its own")):
        ours, theirs = (median(size[index] for size in sizes) / MIB for sizes in memory)
        yield Row("memory", f"after the first page, {what}", ours, "MiB", theirs, None if index else 1.35)
