"""What Terraform has planned and applied with the stand-in, as Google would understand it.

Addresses are made by Google's rules from names, project and region; nothing of what the program expects is used here.
So whatever Terraform tells the program wrongly leads nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.rules import PROJECT_NUMBER
from tests.infra.terraform import Plan

EVERYBODY = "allUsers"
INTERNAL = "ALLOW_INTERNAL_ONLY"
GRANTED_ON = {
    "google_artifact_registry_repository_iam_member": "repository",
    "google_cloud_run_service_iam_member": "service",
    "google_cloud_tasks_queue_iam_member": "name",
    "google_project_iam_member": "project",
    "google_secret_manager_secret_iam_member": "secret_id",
    "google_service_account_iam_member": "service_account_id",
}
BUILDING = {"roles/artifactregistry.writer", "roles/storage.objectViewer", "roles/logging.logWriter"}
"""What an account needs to build a function (docs.cloud.google.com/functions, securing/build-custom-sa)."""


class Impossible(AssertionError):
    """Google would refuse to make it, or it could not work."""


@dataclass(frozen=True)
class Function:
    """One function as it would be deployed."""

    name: str
    region: str
    project: str
    account: str
    archive: str
    source: str
    target: str
    environment: Mapping[str, str]
    inside_only: bool
    callers: frozenset[str]

    @property
    def run_app(self) -> str:
        """Its own address, by Google's rule for deterministic ones."""
        return f"https://{self.name}-{PROJECT_NUMBER}.{self.region}.run.app"

    @property
    def base(self) -> str:
        """The address that it shares with its neighbours, below which it has its name."""
        return f"https://{self.region}-{self.project}.cloudfunctions.net"


@dataclass(frozen=True)
class Planned:
    """All that was made. `written` is what was written into each secret, version by version."""

    made: Plan
    written: Mapping[str, list[str]]

    @property
    def project(self) -> str:
        """The project's id."""
        return str(self.made.only("storage_bucket")["project"])

    @property
    def rights(self) -> set[tuple[str, str, str]]:
        """Every right: whose, which role, on what (the last part of its name)."""
        return {
            (
                each["values"]["member"].removeprefix("serviceAccount:"),
                each["values"]["role"],
                each["values"][GRANTED_ON[each["type"]]].rsplit("/", 1)[-1],
            )
            for each in self.made.listed
            if "_iam_" in each["type"]
        }

    @property
    def accounts(self) -> set[str]:
        """The service accounts that there are."""
        return {each["email"] for each in self.made.all("service_account").values()}

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """The targets of the schedule's jobs by the jobs' names."""
        return {each["name"]: each["http_target"][0] for each in self.made.all("cloud_scheduler_job").values()}

    @property
    def queue(self) -> tuple[str, dict[str, Any]]:
        """The queue's path as settings name it, and its limits."""
        queue = self.made.only("cloud_tasks_queue")
        return f"{self.project}/{queue['location']}/{queue['name']}", queue["rate_limits"][0]

    @property
    def database(self) -> str:
        """The database's name as requests bear it."""
        return f"projects/{self.project}/databases/{self.made.only('firestore_database')['name']}"

    @property
    def indexes(self) -> set[tuple[str, tuple[str, ...]]]:
        """The combined indexes: the collection, and the fields but the document's name."""
        return {
            (each["collection"], tuple(f["field_path"] for f in each["fields"] if f["field_path"] != "__name__"))
            for each in self.made.all("firestore_index").values()
        }

    @property
    def functions(self) -> dict[str, Function]:
        """The functions. Raises Impossible for one that Google would not make."""
        return {each["name"]: self._function(each) for each in self.made.all("cloudfunctions2_function").values()}

    def _function(self, values: dict[str, Any]) -> Function:
        (build,), (service,) = values["build_config"], values["service_config"]
        name, account = values["name"], service["service_account_email"]
        self._refuse_build(name, build)
        if account not in self.accounts:
            raise Impossible(f"{name}: there is no account {account}")
        secrets = {each["key"]: self._secret(name, account, each) for each in service["secret_environment_variables"]}
        return Function(
            name=name,
            region=values["location"],
            project=self.project,
            account=account,
            archive=self._archive(name, build),
            source=build["environment_variables"]["GOOGLE_FUNCTION_SOURCE"],
            target=build["entry_point"],
            environment={**service["environment_variables"], **secrets},
            inside_only=service["ingress_settings"] == INTERNAL,
            callers=frozenset(
                who for who, role, on in self.rights if on == name and role in ("roles/run.invoker", "roles/owner")
            ),
        )

    def _refuse_build(self, name: str, build: dict[str, Any]) -> None:
        account = build["service_account"].rsplit("/", 1)[-1]
        on = {self.project, build["docker_repository"].rsplit("/", 1)[-1]}
        lacks = BUILDING - {role for who, role, where in self.rights if who == account and where in on}
        if lacks:
            raise Impossible(f"{name}: {account} may not build: it lacks {', '.join(sorted(lacks))}")

    def _archive(self, name: str, build: dict[str, Any]) -> str:
        source = build["source"][0]["storage_source"][0]
        for each in self.made.all("storage_bucket_object").values():
            if (each["bucket"], each["name"]) == (source["bucket"], source["object"]):
                return str(Path(each["source"]))
        raise Impossible(f"{name}: there is no archive {source['object']} in {source['bucket']}")

    def _secret(self, name: str, account: str, bound: dict[str, Any]) -> str:
        """The value that a function finds in a variable."""
        versions = self.written.get(f"projects/{bound['project_id']}/secrets/{bound['secret']}", [])
        if not 0 < int(bound["version"]) <= len(versions):
            raise Impossible(f"{name}: there is no version {bound['version']} of the secret {bound['secret']}")
        if (account, "roles/secretmanager.secretAccessor", bound["secret"]) not in self.rights:
            raise Impossible(f"{name}: {account} may not read the secret {bound['secret']}")
        return versions[int(bound["version"]) - 1]
