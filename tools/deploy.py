"""`make deploy PROJECT=...`: from an empty project on Google Cloud to the first page, saying each step.

It may be called again at any time: what is there stays, what broke off is continued, and where nothing is to be done it
says so. It asks once, before it changes anything that stands in infra/. What it needs is gcloud, Terraform, and
infra/terraform.tfvars.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from tools import package
from tools.deploy_commands import INFRA, Refusal, Terraform, gcloud, said
from tools.deploy_secrets import variables

SERVICES = ("cloudresourcemanager", "serviceusage", "cloudbilling", "secretmanager", "storage")
"""What has to be on before Terraform can look at the project, and this at its secrets."""
SETTINGS = INFRA / "terraform.tfvars"
NEEDED = ("mail_server", "mail_from", "coordinators")
EXAMPLE = """\
mail_server  = "smtp://mail.example.org:587"
mail_from    = "Dela <dela@example.org>"
coordinators = ["karin@example.org"]
"""
REGION = "europe-west1"
"""The default of infra/variables.tf."""
WAIT_SECONDS = 300.0
PAUSE_SECONDS = 5.0
NOTHING, CHANGES = 0, 2
"""What `terraform plan -detailed-exitcode` ends with."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Deploy; 1 with one sentence if something has to be done first."""
    options = _options(arguments)
    try:
        _deploy(options.project, yes=options.yes, wait=options.wait)
    except Refusal as refusal:
        print(f"\n{refusal}\nNothing is lost: call it again when that is done.", file=sys.stderr)
        return 1
    return 0


def _deploy(project: str, *, yes: bool, wait: float) -> None:
    step("Looking at gcloud, Terraform and the project")
    terraform = Terraform()
    account, billing = signed_in(), billing_account(project)
    print(f"as {account}, paid for by {billing}")
    step("Reading the settings")
    region = region_of(settings())
    print(f"infra/{SETTINGS.name}, region {region}")
    step("Building the archive")
    package.main()
    step("Switching on what Terraform needs, and looking for the bucket of its state")
    gcloud("services", "enable", *(f"{each}.googleapis.com" for each in SERVICES), f"--project={project}")
    bucket(project, region)
    step("Looking for keys and mail account")
    terraform.secrets = variables(project)
    step("Planning")
    terraform.init(f"{project}-dela-state")
    told = [f"-var=project={project}", f"-var=billing_account={billing}"]
    if terraform.plan(told) == CHANGES:
        ask("Make these changes?", yes=yes)
        step("Making it; the functions take some minutes")
        terraform.apply()
    else:
        print("nothing is to be changed")
    _wait(terraform.outputs(), wait)


def signed_in() -> str:
    """Who uses gcloud. Raises Refusal if nobody, or if Terraform could not act as anybody."""
    account = gcloud("auth", "list", "--filter=status:ACTIVE", "--format=value(account)")
    if not account:
        raise Refusal("Nobody is signed in: gcloud auth login")
    if not said("gcloud", "auth", "application-default", "print-access-token", "--quiet").ok:
        raise Refusal("Terraform may not act as you yet: gcloud auth application-default login")
    return account


def billing_account(project: str) -> str:
    """The billing account of the project. Raises Refusal if there is none, or no such project."""
    told = said("gcloud", "billing", "projects", "describe", project, "--format=json")
    if not told.ok:
        raise Refusal(f"{told.error}\nIs there a project {project}, and may you see its billing? gcloud projects list")
    billing = json.loads(told.output)
    if not billing.get("billingEnabled"):
        raise Refusal(
            f"{project} has no billing account, which Google asks for also where all is free:\n"
            f"gcloud billing projects link {project} --billing-account=012345-567890-ABCDEF"
        )
    return str(billing["billingAccountName"]).removeprefix("billingAccounts/")


def settings() -> str:
    """The text of the settings. Raises Refusal, with what to write, if something has no value yet."""
    text = SETTINGS.read_text() if SETTINGS.exists() else ""
    missing = [name for name in NEEDED if not re.search(rf"^{name}\s*=", text, re.MULTILINE)]
    if missing:
        lines = [line for line in EXAMPLE.splitlines() if line.split()[0] in missing]
        raise Refusal("\n".join([f"Write this into {SETTINGS}, with values of your own:", "", *lines, ""]))
    return text


def region_of(text: str) -> str:
    """The region that the settings name, or the default."""
    found = re.search(r'^region\s*=\s*"([^"]+)"', text, re.MULTILINE)
    return found[1] if found else REGION


def bucket(project: str, region: str) -> None:
    """Make the bucket of Terraform's state, if it is not there. Raises Refusal where the forum is in another region."""
    name = f"gs://{project}-dela-state"
    told = said("gcloud", "storage", "buckets", "describe", name, "--format=json")
    if not told.ok:
        gcloud(
            *("storage", "buckets", "create", name, f"--project={project}", f"--location={region}"),
            *("--uniform-bucket-level-access", "--public-access-prevention"),
        )
        print(f"{name} is made")
    elif (there := str(json.loads(told.output)["location"]).lower()) != region:
        raise Refusal(f'This forum is in {there}, and a region can\'t be changed: say region = "{there}".')
    gcloud("storage", "buckets", "update", name, "--versioning")


def step(what: str) -> None:
    """Say what is done next."""
    print(f"\n* {what}", flush=True)


def ask(question: str, *, yes: bool) -> None:
    """Raise Refusal unless the answer is yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal("Nobody is there to answer: say YES=1 to go on without being asked.")
    if input(f"\n{question} [yes/no] ").strip().lower() not in ("y", "yes"):
        raise Refusal("Nothing was changed.")


def _wait(outputs: dict[str, str], seconds: float) -> None:
    step("Waiting for the first page")
    give_up = monotonic() + seconds
    for name in ("first_page", "meetings"):
        while not _answers(outputs[name]):
            if monotonic() > give_up:
                raise Refusal(f"{outputs[name]} does not answer yet: docs/cloud.md says what to look at.")
            sleep(PAUSE_SECONDS)
    print(f"{outputs['first_page']}\n\nLet a monitor look at {outputs['first_page']}/health, which says 503 when the")
    print("schedule stands still. A first run of it is at most 15 minutes away.")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310  (what Terraform says, https)
            return int(answer.status) == 200
    except (URLError, OSError):
        return False


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__)
    parser.add_argument("project", help="the project's id")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--wait", type=float, default=WAIT_SECONDS, metavar="S", help="how long for the first page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
