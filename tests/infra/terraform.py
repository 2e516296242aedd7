"""Terraform on a copy of infra/, with the stand-in for Google's provider, and what it plans as Python reads it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.support.missing import missing
from tests.support.process import ROOT, environment

INFRA = ROOT / "infra"
OLDEST = (1, 11)
OURS = ROOT / ".setup" / "terraform" / "bin" / "terraform"
"""What `make terraform` makes."""
HOW_TO_GET_IT = "terraform 1.11 or newer (`make terraform` gets it)"
LOCAL = 'terraform {\n  backend "local" {}\n}\n'
"""What Terraform merges over the bucket of versions.tf: the state is a file of the copy."""
KEY, OLDER_KEY, IDENTITY_KEY, PASSWORD = "k" * 40, "o" * 40, "i" * 40, "p@ss word:/%"
PROJECT = "dela-tests"
VARIABLES: dict[str, Any] = {
    "project": PROJECT,
    "billing_account": "012345-567890-ABCDEF",
    "archive": "dela.zip",
    "settle_seconds": 0,
    "link_keys": [KEY],
    "identity_key": IDENTITY_KEY,
    "mail_server": "smtp://mail.example.org:587",
    "mail_user": "account@mail.example.org",
    "mail_password": PASSWORD,
    "mail_from": "Dela <dela@example.org>",
    "coordinators": ["karin@example.org"],
}
"""The least that has to be said, and what makes tests quick."""


def program() -> str:
    """The path of Terraform; skips, or fails in CI, where there is none or it is too old."""
    return found() or missing(HOW_TO_GET_IT)


def found() -> str | None:
    """The path of a Terraform that is new enough."""
    paths = [path for path in (shutil.which("terraform"), shutil.which(OURS)) if path]
    return next((path for path in paths if version(path) >= OLDEST), None)


def version(path: str) -> tuple[int, ...]:
    """The version of a Terraform."""
    told = subprocess.run([path, "version", "-json"], capture_output=True, env=quiet(), timeout=60, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", json.loads(told)["terraform_version"])[:2])


def quiet(**more: str) -> dict[str, str]:
    """An environment in which Terraform asks nobody anything and reads no settings of whoever runs the tests.

    It collects no garbage: it lives for a second, and collecting is a quarter of its work.
    """
    told = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    return environment(GOGC="off", **told, **more)


@dataclass(frozen=True)
class Done:
    """What a command ended with, and said."""

    code: int
    output: str

    @property
    def said(self) -> str:
        """The output in one line, without the frames around diagnostics."""
        return " ".join(re.sub(r"[│╷╵]", " ", self.output).split())


@dataclass(frozen=True)
class Infra:
    """A copy of infra/ in a folder of its own."""

    folder: Path
    terraform: str
    provider: Mapping[str, str]

    @classmethod
    def copied(cls, folder: Path, terraform: str, provider: Mapping[str, str]) -> "Infra":
        """A new copy, initialised, with an archive and the least that has to be said."""
        shutil.copytree(INFRA, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*"))
        infra = cls(folder, terraform, provider)
        infra.write("backend_override.tf", LOCAL)
        infra.write("dela.zip", "one archive")
        infra.say()
        done = infra.run("init")
        assert done.code == 0, done.output
        return infra

    def twin(self, folder: Path) -> "Infra":
        """A copy of this copy, as far as it has come."""
        shutil.copytree(self.folder, folder)
        return Infra(folder, self.terraform, self.provider)

    def write(self, name: str, text: str) -> None:
        """Write a file of the copy."""
        (self.folder / name).write_text(text)

    def say(self, **variables: Any) -> None:
        """Set the variables: the least, and these."""
        self.write("terraform.tfvars.json", json.dumps(VARIABLES | variables))

    def run(self, *command: str) -> Done:
        """Run a command of Terraform's."""
        done = subprocess.run(
            [self.terraform, *command, *(() if command[0] in ("show", "fmt") else ("-no-color",))],
            cwd=self.folder,
            env=quiet(**self.provider),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout)

    def plan(self, **variables: Any) -> "Plan":
        """What would be done. The variables stay set."""
        self.say(**variables)
        done = self.run("plan", "-refresh=false", "-out=planned")
        assert done.code == 0, done.output
        return Plan(json.loads(self.run("show", "-json", "planned").output))

    def apply(self) -> Done:
        """Do it."""
        return self.run("apply", "-auto-approve")

    def state(self) -> "Plan":
        """What is there."""
        return Plan(json.loads(self.run("show", "-json").output))


class Plan:
    """A plan, or what an apply has led to: values by type and by the key of for_each."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told

    @cached_property
    def listed(self) -> list[dict[str, Any]]:
        """All resources as Terraform lists them."""
        values = self.told.get("planned_values") or self.told["values"]
        return [each for each in values["root_module"]["resources"] if each["mode"] == "managed"]

    @cached_property
    def resources(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The values of all resources."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for each in self.listed:
            found.setdefault(each["type"], {})[_key(each)] = each["values"]
        return found

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, without "google_" before it."""
        return self.resources.get(f"google_{kind}", {})

    def only(self, kind: str) -> dict[str, Any]:
        """The one resource of a type."""
        (one,) = self.all(kind).values()
        return one

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Each function's service_config."""
        return {name: function["service_config"][0] for name, function in self.all("cloudfunctions2_function").items()}

    @cached_property
    def changes(self) -> dict[str, list[str]]:
        """What is done with each resource with which something is done."""
        told = {each["address"]: each["change"]["actions"] for each in self.told["resource_changes"]}
        return {address: actions for address, actions in told.items() if actions not in (["no-op"], ["read"])}


def _key(resource: dict[str, Any]) -> str:
    """for_each's key, or the resource's name where there is none. Rights may clash: they are read from `listed`."""
    index = resource.get("index", "")
    return str(index) if isinstance(index, str) and index else resource["name"]
