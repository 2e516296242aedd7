"""A forum on Google Cloud from an operator's machine: its settings and keys, read as the operator's own right allows.

The settings are those of its function `signup`, the keys those versions in Secret Manager that it is bound to. Both are
asked of gcloud, which knows who the operator is; nothing of them is written down here.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from dela.errors import DelaError
from dela.settings import Settings

FUNCTION = "signup"
LIBRARIES = "google.cloud.firestore_v1"
COMMANDS = ("plan", "link", "move", "cancel", "status", "backup")
"""What works on a forum in the cloud."""

_forum: ContextVar[Settings | None] = ContextVar("forum", default=None)


class NotThere(DelaError):
    """The forum in the cloud can't be got at, in a sentence."""


@contextmanager
def entered(project: str, command: str) -> Iterator[None]:
    """Within it commands are about the forum of that project. Raises NotThere, and SettingsError."""
    if command not in COMMANDS:
        raise NotThere(
            f"`dela {command}` is for a forum on one machine; with --project there are {', '.join(COMMANDS)}"
        )
    _refuse_without_libraries()
    token = _forum.set(Settings.from_environment(environment_of(project)))
    try:
        yield
    finally:
        _forum.reset(token)


def settings() -> Settings | None:
    """The settings of the forum in the cloud that a command is about; None if it is about one on this machine."""
    return _forum.get()


def environment_of(project: str) -> Mapping[str, str]:
    """What the forum's public function is told, secrets included. Raises NotThere."""
    functions = json.loads(_gcloud("functions", "list", f"--project={project}", "--format=json"))
    found = [each for each in functions if each.get("name", "").endswith(f"/functions/{FUNCTION}")]
    if len(found) != 1:
        raise NotThere(f"{project}: there is no forum in this project: make deploy PROJECT={project}")
    service: Mapping[str, Any] = found[0]["serviceConfig"]
    bound = service.get("secretEnvironmentVariables", [])
    return {**service["environmentVariables"], **{each["key"]: _secret(each) for each in bound}}


def _secret(bound: Mapping[str, str]) -> str:
    place = f"--secret={bound['secret']}", f"--project={bound['projectId']}"
    return _gcloud("secrets", "versions", "access", bound["version"], *place).strip()


def _gcloud(*words: str) -> str:
    import subprocess

    try:
        done = subprocess.run(["gcloud", *words, "--quiet"], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise NotThere("there is no gcloud on this machine: cloud.google.com/sdk/docs/install") from None
    if done.returncode:
        raise NotThere(f"gcloud {' '.join(words[:2])}: {done.stderr.strip() or 'failed'}")
    return done.stdout


def _refuse_without_libraries() -> None:
    from importlib.util import find_spec

    try:
        there = find_spec(LIBRARIES) is not None
    except ModuleNotFoundError:
        there = False
    if not there:
        raise NotThere("what Google's services are reached with is not installed here: make setup-cloud")
