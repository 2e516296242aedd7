"""Each deployed function in a clean process with the Firestore adapter, against a bare one with Google's client."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.client import get
from bench.effort import Effort, median
from bench.programs import Program
from bench.table import Row
from dela.attending.links import JOIN
from dela.attending.registration import Registration, RegistrationState
from dela.clock.system import SystemClock
from dela.meetings.run_meetings import plan_meeting
from dela.settings import Settings
from dela.speaking.invitation import Invitation, InvitationState, Step
from dela.speaking.links import INVITATION
from dela.web.links import Links
from dela.wiring import ports_of
from tests.support.emulator import START_SECONDS, emulator_command
from tests.support.process import ROOT, Process, environment, free_port
from tools.package import targets

PROJECT = "dela-bench"
MIB = 1 << 20
MEMORY_MIB = 200
FRAMEWORK = [sys.executable, "-m", "functions_framework", "--port", "{port}", "--host", "127.0.0.1"]
RUN = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def measure(folder: Path, effort: Effort) -> Iterator[Row]:
    """Nothing where the emulator is missing, which is said."""
    try:
        command = emulator_command(host := f"127.0.0.1:{free_port()}")
    except pytest.skip.Exception as skipped:
        print(f"  left out: {skipped}", file=sys.stderr)
        return
    with Process(command, environment(), folder / "emulator.log") as emulator:
        emulator.answers(f"http://{host}/", START_SECONDS)
        programs = _programs(folder, host)
        starts: dict[str, list[float]] = {name: [] for name in programs}
        memory: dict[str, list[int]] = {name: [] for name in programs}
        for _ in range(effort.cloud_starts):
            for name, program in programs.items():
                try:
                    starts[name].append(program.start())
                    memory[name].append(program.share_of_memory())
                finally:
                    program.stop()
    for name in programs:
        if name != "floor":
            ours, theirs = median(starts[name]), median(starts["floor"])
            yield Row("cloud start-up", f"{name}, to the first answer", ours, "s", theirs, 1.25)
            yield Row("cloud memory", name, median(memory[name]) / MIB, "MiB", limit=MEMORY_MIB)


def _programs(folder: Path, host: str) -> dict[str, Program]:
    variables = {
        "DELA_STORE": f"firestore://{PROJECT}",
        "DELA_QUEUE": f"cloudtasks://{PROJECT}/europe-west1/mails",
        "DELA_TASKS_ENDPOINT": "127.0.0.1:1",
        "DELA_DELIVERY_URL": "https://delivery.example.org",
        "DELA_CALLER": "caller@example.org",
        "FIRESTORE_EMULATOR_HOST": host,
        "DELA_SECRET_KEYS": "the-key-of-the-bench",
        "DELA_IDENTITY_KEY": "the-identity-of-the-bench",
        "DELA_MAIL": "smtp://127.0.0.1:1?tls=off",
        "DELA_BASE_URL": "https://dela.jamtland.test",
        "DELA_MAIL_FROM": "Dela <dela@jamtland.test>",
        "DELA_COORDINATORS": "karin@jamtland.test",
    }
    joining, answering = _seed(Settings.from_environment(variables))
    source = str(ROOT / "functions" / "main.py")
    first = {"signup": get("/"), "invitation": get(answering), "join": get(joining)}
    google = {"FIRESTORE_EMULATOR_HOST": host, "GOOGLE_CLOUD_PROJECT": PROJECT}
    bare = [*FRAMEWORK, "--source", str(ROOT / "bench" / "floor" / "cloud.py"), "--target", "floor"]
    programs = {"floor": Program(folder / "floor", bare, get("/"), **google)}
    for name in targets(ROOT / "functions" / "main.py"):
        command = [*FRAMEWORK, "--source", source, "--target", name]
        env = {**variables, "FUNCTION_TARGET": name}
        programs[name] = Program(folder / name, command, first.get(name, RUN), **env)
    return programs


def _seed(settings: Settings) -> tuple[str, str]:
    """A meeting, one person and one speaker in the emulator; answers the paths of the way in and of the invitation."""
    ports, now = ports_of(settings), SystemClock().now()
    meeting = plan_meeting(ports, now.replace(microsecond=0) + timedelta(days=9), now)
    registration = Registration(
        id=f"{meeting.id}.someone",
        meeting=meeting.id,
        person="someone",
        email="anna@example.org",
        name="Anna",
        language="sv",
        state=RegistrationState.CONFIRMED,
        signed_up_at=now,
        confirmed_at=now,
    )
    ports.store.create(registration)
    told = {"name": "Berit", "organisation": "Bageri", "municipality": "Berg", "language": "sv"}
    id = f"{meeting.id}.berit"
    step = Step(state=InvitationState.ASKED, at=now, by="coordinator")
    times = {"invited_at": now, "asked_at": now, "history": (step,)}
    ports.store.create(
        Invitation(id=id, meeting=meeting.id, person="berit", mailbox="berit", email="b@example.org", **told, **times)
    )
    ports.store.close()
    links = Links(settings)
    return urlsplit(links.to(JOIN, registration.id, now)).path, urlsplit(links.to(INVITATION, id, now)).path
