"""Google's Firestore emulator, one for each run of the tests, and a database of its own for each test."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from shutil import which

import pytest

from tests.support.missing import missing
from tests.support.process import Process, environment, free_port

JAR = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
MANIFEST = Path(".install", "cloud-firestore-emulator.manifest")
MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-Duser.language=en")
START_SECONDS = 120
"""Java on a busy machine."""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of an emulator: the one that FIRESTORE_EMULATOR_HOST names, or one that lives as long as the session.

    Without one the test is skipped, and fails in CI.
    """
    if named := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        yield named
        return
    host = f"127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("emulator") / "log"
    with Process(emulator_command(host), environment(JAVA_HOME=os.environ.get("JAVA_HOME", "")), log) as process:
        process.answers(f"http://{host}/", START_SECONDS)
        yield host


@pytest.fixture
def firestore_project(emulator: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a fresh, empty project on the emulator, to which this process's clients now go."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    return f"dela-{token_hex(6)}"


def emulator_command(host: str) -> list[str]:
    """What starts an emulator at HOST:PORT: its jar, which is one process to end, else gcloud; else a skip."""
    gcloud, java = which("gcloud"), which("java")
    root = _root(gcloud) if gcloud and java else None
    if root is None:
        return missing("Google's Firestore emulator (gcloud with cloud-firestore-emulator, and java)")
    if (root / JAR).is_file():
        address, port = host.rsplit(":", 1)
        return [java, *QUICK, "-cp", str(root / JAR), MAIN, "start", f"--host={address}", f"--port={port}"]
    return [gcloud, "emulators", "firestore", "start", f"--host-port={host}"]


def _root(gcloud: str) -> Path | None:
    """Where gcloud lies if it has the emulator: around the command, or where it says itself, which takes it seconds."""
    near = Path(gcloud).resolve().parents[1]
    if (near / JAR).is_file():
        return near
    command = [gcloud, "info", "--format=value(installation.sdk_root)"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    root = Path(told or near)
    return root if (root / JAR).is_file() or (root / MANIFEST).is_file() else None
