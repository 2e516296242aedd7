"""Real processes of the program, as people start them: waited for, watched, stopped or killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path
from random import randrange
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw7").removeprefix("gw")) % 8
_SHARE = range(20_000 + 1_500 * _WORKER, 20_000 + 1_500 * (_WORKER + 1))
_PORTS = islice(cycle(_SHARE), randrange(len(_SHARE)), None)
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def free_port() -> int:
    """A port that nothing listens at, and that nothing else takes until it is used.

    It lies below those that the system hands out by itself, and each worker of the tests has its own.
    """
    for port in _PORTS:
        with socket.socket() as listening, suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port
    raise AssertionError("not reached")


def environment(**more: str) -> dict[str, str]:
    """A clean environment: nothing of the session's settings."""
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, **more}


class Process:
    """A running command whose output goes to a file; ended with the test at the latest."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path = ROOT, *, stdin: bool = False
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                list(command),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE if stdin else None,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def answers(self, url: str, seconds: float = 30) -> "Process":
        """Wait until the process answers HTTP at `url`, whatever the status."""
        until(lambda: self._alive() and _answers(url), seconds, lambda: self.output)
        return self

    def stop(self, seconds: float = 30) -> int:
        """End it politely (Ctrl-C's signal); answers its exit status."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(seconds)

    def kill(self) -> None:
        """End it as a power cut would, with all its children."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(30)
        if self.popen.stdin is not None:
            self.popen.stdin.close()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _alive(self) -> bool:
        assert self.popen.poll() is None, f"it ended with {self.popen.returncode}:\n{self.output}"
        return True


def dela(folder: Path, *arguments: str, **settings: str) -> Process:
    """The command `dela` with its data in `folder`/data, listening where the setting PORT says."""
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(DELA_DATA_DIR=str(folder / "data"), **settings)
    return Process(
        [sys.executable, "-m", "dela.operating.cli", *arguments], {**env, "PYTHONPATH": "functions"}, folder / "log"
    )


def until(happens, seconds: float = 30, telling=lambda: "") -> None:
    """Wait for something that another process does; fails with what `telling` says."""
    give_up = monotonic() + seconds
    while not happens():
        assert monotonic() < give_up, f"did not happen within {seconds} s:\n{telling()}"
        sleep(0.02)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
