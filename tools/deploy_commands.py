"""gcloud and Terraform as tools.deploy and tools.destroy call them. Nothing secret is ever an argument."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.package import ROOT

INFRA = ROOT / "infra"
OURS = ROOT / ".setup" / "terraform" / "bin" / "terraform"
OLDEST = (1, 11)
PLAN = "deploy.tfplan"


class Refusal(Exception):
    """What has to be done before it can go on, in a sentence."""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    output: str
    error: str

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked."""
        return self.code == 0


def said(*command: str) -> Said:
    """Run a command quietly."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError as error:
        raise Refusal(f"There is no {command[0]} on this machine: cloud.google.com/sdk/docs/install") from error
    return Said(done.returncode, done.stdout.strip(), done.stderr.strip())


def gcloud(*words: str) -> str:
    """What gcloud answers. Raises Refusal with what it complains of."""
    told = said("gcloud", *words, "--quiet")
    if not told.ok:
        raise Refusal(f"gcloud {' '.join(words)} failed:\n{told.error}")
    return told.output


class Terraform:
    """Terraform in infra/, as people see it. Its `secrets` reach it by its environment only."""

    def __init__(self) -> None:
        self._path = shutil.which("terraform") or (str(OURS) if OURS.exists() else "")
        if not self._path:
            raise Refusal("There is no terraform on this machine: `make terraform` gets it.")
        version = json.loads(said(self._path, "version", "-json").output)["terraform_version"]
        if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
            raise Refusal(f"Terraform is {version}; it has to be 1.11 or newer: `make terraform` gets one.")
        self.secrets: Mapping[str, str] = {}

    def init(self, bucket: str) -> None:
        """Make ready: the provider, and where the state is."""
        self._run("init", "-reconfigure", f"-backend-config=bucket={bucket}")

    def plan(self, told: Sequence[str]) -> int:
        """Show what would be done and keep it; 0 if that is nothing, 2 if it is something."""
        return self._run("plan", *told, f"-out={PLAN}", "-detailed-exitcode", fine=(0, 2))

    def apply(self, told: Sequence[str] = ()) -> None:
        """Do what was planned; or, with something told, plan and do it."""
        try:
            self._run("apply", *(["-auto-approve", *told] if told else [PLAN]))
        finally:
            (INFRA / PLAN).unlink(missing_ok=True)

    def destroy(self, told: Sequence[str]) -> None:
        """Take all of it away."""
        self._run("destroy", "-auto-approve", *told)

    def resources(self) -> list[str]:
        """The addresses of all that is there; nothing where there is no state yet."""
        return self._asked("state", "list").output.split()

    def outputs(self) -> dict[str, str]:
        """What infra/outputs.tf tells."""
        told = json.loads(self._asked("output", "-json").output or "{}")
        return {name: each["value"] for name, each in told.items()}

    def _asked(self, *words: str) -> Said:
        return said(self._path, f"-chdir={INFRA}", *words)

    def _run(self, *words: str, fine: Sequence[int] = (0,)) -> int:
        environment = {**os.environ, "TF_INPUT": "0", "TF_IN_AUTOMATION": "1", **self.secrets}
        done = subprocess.run([self._path, f"-chdir={INFRA}", *words], env=environment, check=False)
        if done.returncode not in fine:
            raise Refusal(f"Terraform could not {words[0]}: what it says stands above.")
        return done.returncode
