"""`make destroy PROJECT=...`: takes away what `make deploy` has made; the documents and keys only if told so."""

import argparse
import sys
from collections.abc import Sequence

from tools.deploy import ask, billing_account, signed_in, step
from tools.deploy_commands import Refusal, Terraform
from tools.deploy_secrets import variables

DATA = ("google_firestore_database.", "google_secret_manager_secret.")
"""What is lost for good: a database that is there counts as one with people in it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Destroy; 1 with one sentence if it is refused."""
    parser = argparse.ArgumentParser(prog="destroy", description=__doc__)
    parser.add_argument("project", help="the project's id")
    parser.add_argument("--data", default="keep", choices=["keep", "delete"], help="what becomes of the documents")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    try:
        _destroy(options.project, data=options.data == "delete", yes=options.yes)
    except Refusal as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    return 0


def _destroy(project: str, *, data: bool, yes: bool) -> None:
    step("Looking at what is there")
    terraform = Terraform()
    signed_in()
    told = [f"-var=project={project}", f"-var=billing_account={billing_account(project)}"]
    terraform.init(f"{project}-dela-state")
    there = terraform.resources()
    if not there:
        print("nothing")
        return
    if not data and any(each.startswith(DATA) for each in there):
        raise Refusal(
            f"There are documents and keys in {project}, and no way back to them. Take along what has to stay\n"
            f"(docs/cloud.md, Leaving), then: make destroy PROJECT={project} DATA=delete"
        )
    ask(f"Delete {len(there)} things in {project}, with all documents and keys, for good?", yes=yes)
    terraform.secrets = variables(project)
    told.append("-var=delete_data=true")
    step("Taking the protection off")
    terraform.apply(told)
    step("Deleting")
    terraform.destroy(told)
    print(f"\nThe state is still in gs://{project}-dela-state; `gcloud projects delete {project}` deletes that, too.")


if __name__ == "__main__":
    sys.exit(main())
