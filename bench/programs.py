"""The programs that are measured, each as a process of its own with its data in a temporary folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil

from bench.client import Connection, get
from dela.clock.system import SystemClock
from dela.meetings.run_meetings import plan_meeting, set_room
from dela.operating.serving import THREADS
from dela.settings import Settings
from dela.wiring import ports_of
from tests.support.process import ROOT, environment, free_port

START_SECONDS = 90.0
LOOK_SECONDS = 0.002


class Program:
    """A server that can be started, asked and stopped, again and again. `{port}` in its command is its port."""

    def __init__(self, folder: Path, command: Sequence[str], first: bytes, **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.first = free_port(), first
        self._log = folder / "log"
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        path = f"{ROOT / 'functions'}{os.pathsep}{ROOT}"
        self._env = environment(PYTHONPATH=path, PORT=str(self.port), **variables)
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; answers how many seconds passed until its first answer."""
        started = time.perf_counter()
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(self._command, env=self._env, cwd=ROOT, stdout=log, stderr=log)
        while time.perf_counter() < started + START_SECONDS and self._popen.poll() is None:
            with suppress(ConnectionRefusedError):
                connection = Connection(self.port)
                connection.ask(self.first, 200)
                connection.close()
                return time.perf_counter() - started
            time.sleep(LOOK_SECONDS)
        raise RuntimeError(f"{' '.join(self._command)} did not start:\n{self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it with its children."""
        if self._popen is None:
            return
        children = psutil.Process(self._popen.pid).children(recursive=True) if self._popen.poll() is None else []
        self._popen.terminate()
        try:
            self._popen.wait(30)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self._popen = None

    def memory(self) -> tuple[int, int]:
        """Resident and unshared bytes (RSS, USS) of the process that answers: the largest of them and its children."""
        sizes = [each.memory_full_info() for each in self._processes()]
        return max((size.rss, size.uss) for size in sizes)

    def share_of_memory(self) -> int:
        """What all its processes take together, what they share counted once (PSS)."""
        return sum(each.memory_full_info().pss for each in self._processes())

    def _processes(self) -> list[psutil.Process]:
        assert self._popen is not None
        parent = psutil.Process(self._popen.pid)
        return [parent, *parent.children(recursive=True)]


@contextmanager
def running(*programs: Program) -> Iterator[None]:
    try:
        for program in programs:
            program.start()
        yield
    finally:
        for program in programs:
            program.stop()


def floor(folder: Path) -> Program:
    """The floor, served as this program is served at home."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench.floor.home", "{port}", str(folder / "floor.sqlite3"), str(THREADS)]
    return Program(folder, command, get("/"))


def dela(folder: Path, mail_port: int) -> Program:
    """This program as an operator runs it (`dela serve`), with meetings to sign up for, and mail to a local server."""
    variables = home_variables(folder, mail_port)
    ports = ports_of(Settings.from_environment(variables))
    now = SystemClock().now()
    for days in (9, 100, 190, 280):
        meeting = plan_meeting(ports, now.replace(microsecond=0) + timedelta(days=days), now)
        set_room(ports, meeting.id, "https://meet.example.org/room")
    ports.store.close()
    return Program(folder, [sys.executable, "-m", "dela.operating.cli", "serve"], get("/signup"), **variables)


def home_variables(folder: Path, mail_port: int) -> dict[str, str]:
    return {
        "DELA_DATA_DIR": str(folder / "data"),
        "DELA_BASE_URL": "https://dela.jamtland.test",
        "DELA_PROXIES": "1",
        "DELA_MAIL": f"smtp://127.0.0.1:{mail_port}?tls=off",
        "DELA_MAIL_FROM": "Dela <dela@jamtland.test>",
        "DELA_UNPROVEN_HOUR": "1000000",
        "DELA_UNPROVEN_DAY": "1000000",
        "DELA_COORDINATORS": "karin@jamtland.test",
        "DELA_COORDINATOR_NAME": "Karin Norrby",
        "DELA_COORDINATOR_PHONE": "063-555 01 00",
    }


@contextmanager
def mail_sink() -> Iterator[int]:
    """A mail server as a process of its own; the port where it listens."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], cwd=ROOT)
    try:
        while process.poll() is None:
            with suppress(ConnectionRefusedError):
                Connection(port).close()
                break
            time.sleep(LOOK_SECONDS)
        yield port
    finally:
        process.kill()
        process.wait()
