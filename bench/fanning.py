"""The fan-out of a reminder to everybody: planning, sending, and what it leaves in memory and in the store."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.effort import Effort
from bench.programs import home_variables, mail_sink
from bench.table import Row
from tests.support.process import ROOT, environment

MIB = 1 << 20
MICRO = 1e6


def measure(folder: Path, effort: Effort) -> Iterator[Row]:
    with mail_sink() as port:
        path = f"{ROOT / 'functions'}{os.pathsep}{ROOT}"
        env = environment(PYTHONPATH=path, **home_variables(folder / "fan", port))
        command = [sys.executable, "-m", "bench.sending", str(effort.people)]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    seen = json.loads(done.stdout.splitlines()[-1])
    people = seen["people"]
    part = f"{people:,} reminders"
    yield Row(part, "planned", seen["planned"], "s", limit=0.5)
    yield Row(part, "not sent", people - seen["sent"], "", limit=0)
    yield Row(part, "sent, each", seen["ours"] * MICRO, "µs", seen["floor"] * MICRO, 1.5)
    yield Row(part, "store writes, each", seen["writes"] / people, "", limit=1.1)
    yield Row(part, "memory that grows while they are sent", max(0, seen["growth"]) / MIB, "MiB", limit=2)
