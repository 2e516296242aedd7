"""Lives of the program: real processes that run what `dela serve` runs, on a clock that the test can move.

Starting Python and importing everything takes a second, and a test of crashes wants dozens of processes. So one
nursery does that once and forks a life whenever it is told to. Each life is killed, stopped and continued like any
other process. Nothing of this is in the program: it is given its clock, as the demo is.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dela.settings import Settings
from tests.support.process import ROOT, Process, environment, until


class MovedClock:
    """The machine's clock, moved by what stands in a file; for whoever is not told that it is `meant`, by a fault."""

    def __init__(self, path: Path) -> None:
        self._path, self._fault = path, path.with_suffix(".fault")

    @property
    def meant(self) -> bool:
        return not self._fault.exists()

    def is_no_ones_intention(self) -> None:
        """From now on its jumps are faults."""
        self._fault.touch()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._path.read_text()))

    def move(self, delta: timedelta) -> None:
        """Move the clock of all who share the file."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(str(float(self._path.read_text()) + delta.total_seconds()))
        draft.rename(self._path)

    def set(self, moment: datetime) -> None:
        self._path.write_text("0")
        self.move(moment - datetime.now(UTC))


class Life:
    """One process that runs the forum."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid, self._log = pid, log

    @property
    def log(self) -> str:
        """What it has logged; nothing if it died before it could."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        until(lambda: not self.alive)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


class Nursery:
    """Starts lives of a forum with these settings."""

    def __init__(self, process: Process, folder: Path, clock: MovedClock) -> None:
        self._process, self._folder, self.clock = process, folder, clock
        self._count = 0

    def start(self) -> Life:
        self._count += 1
        note, log = self._folder / f"life{self._count}.pid", self._folder / f"life{self._count}.log"
        assert self._process.popen.stdin is not None
        self._process.popen.stdin.write(f"{note}\t{log}\n".encode())
        self._process.popen.stdin.flush()
        until(note.exists, telling=lambda: self._process.output)
        return Life(int(note.read_text()), log)


@contextmanager
def nursery(folder: Path, settings: Settings, now: datetime) -> Iterator[Nursery]:
    """A nursery whose lives begin at `now`; when the context is left all of them are dead."""
    clock = MovedClock(folder / "clock")
    clock.set(now)
    (folder / "settings.json").write_text(settings.model_dump_json())
    command = [sys.executable, "-m", "tests.support.lives", str(folder)]
    env = environment(PYTHONPATH=f"{ROOT / 'functions'}:{ROOT}")
    with Process(command, env, folder / "nursery.log", stdin=True) as process:
        yield Nursery(process, folder, clock)


def _live(settings: Settings, clock: MovedClock, log: Path) -> None:
    """Run the forum in this process until it ends."""
    from dela.operating import serving as standalone
    from dela.web import logs
    from dela.wiring import ports_of

    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    logs.set_up(cloud=False)
    standalone._Process(ports_of(settings, clock)).run(standalone._to_the_public_page, "127.0.0.1")


def main(folder: Path) -> None:
    """Fork a life for each line of standard input, which names its files."""
    import dela.attending.web.join
    import dela.attending.web.signup
    import dela.duties.delivery
    import dela.duties.reminders
    import dela.duties.retention
    import dela.mailing.letters
    import dela.operating.serving  # noqa: F401

    settings = Settings.model_validate_json((folder / "settings.json").read_text())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave nothing behind
    for line in sys.stdin:
        note, log = line.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            try:
                _live(settings, MovedClock(folder / "clock"), Path(log))
            finally:
                os._exit(0)
        Path(f"{note}.draft").write_text(str(pid))
        Path(f"{note}.draft").rename(note)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
