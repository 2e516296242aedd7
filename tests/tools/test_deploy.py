"""`make deploy` and `make destroy`, with stand-ins for gcloud and terraform that note what they are asked."""

import json
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import deploy, deploy_commands, destroy
from tools.deploy_commands import INFRA
from tools.deploy_secrets import IDENTITY_KEY, LINK_KEYS, PASSWORD, USER

STANDIN = """#!{python}
import json, os, sys
from pathlib import Path
here, name = Path(__file__).parent, Path(__file__).name
words = [each for each in sys.argv[1:] if not each.startswith("-chdir=") and each != "--quiet"]
told = {{key: value for key, value in os.environ.items() if key.startswith("TF_VAR_")}}
with (here / "asked").open("a") as asked:
    print(json.dumps([name, words, told]), file=asked)
answers = json.loads((here / "answers").read_text())
for start, code, output, error in answers[name]:
    if " ".join(words).startswith(start):
        print(output)
        print(error, file=sys.stderr)
        sys.exit(code)
"""
BILLING = {"billingEnabled": True, "billingAccountName": "billingAccounts/012345-567890-ABCDEF"}
NOT_FOUND = "ERROR: (gcloud) NOT_FOUND: there is none"
TOLD = ["-var=project=dela-tests", "-var=billing_account=012345-567890-ABCDEF"]
MAIL = "smtp://karin%40example.org:p%40ss%20word@mail.example.org:587"
KEYS = {"link-keys": "n" * 43 + "," + "o" * 43, "identity-key": "i" * 43, "mail": MAIL}
SOMETHING = {"google_firestore_database.forum", "google_cloud_tasks_queue.mails"}


class Cloud:
    """What gcloud and terraform answer, and what they were asked."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder = folder
        self.gcloud: dict[str, tuple[int, str, str]] = {
            "auth list": (0, "karin@example.org", ""),
            "billing projects describe": (0, json.dumps(BILLING), ""),
            "storage buckets describe": (1, "", NOT_FOUND),
            "secrets versions access": (1, "", NOT_FOUND),
        }
        self.terraform: dict[str, tuple[int, str, str]] = {
            "version": (0, '{"terraform_version": "1.12.1"}', ""),
            "plan": (2, "Plan: 50 to add", ""),
            "output": (0, json.dumps({n: {"value": page} for n in ("first_page", "meetings")}), ""),
            "state list": (0, "\n".join(sorted(SOMETHING)), ""),
        }
        for name in ("gcloud", "terraform"):
            (folder / name).write_text(STANDIN.format(python=sys.executable))
            (folder / name).chmod(0o755)

    def deployed(self) -> "Cloud":
        """As after a first run."""
        self.gcloud["storage buckets describe"] = (0, '{"location": "EUROPE-WEST1"}', "")
        for name, value in KEYS.items():
            self.gcloud[f"secrets versions access latest --secret=dela-{name} "] = (0, value, "")
        self.terraform["plan"] = (0, "No changes.", "")
        return self

    def run(self, tool, *words: str) -> int:
        answers = {
            name: sorted(([start, *answer] for start, answer in table.items()), key=lambda each: -len(each[0]))
            for name, table in (("gcloud", self.gcloud), ("terraform", self.terraform))
        }
        (self.folder / "answers").write_text(json.dumps(answers))
        (self.folder / "asked").write_text("")
        return tool.main(["dela-tests", *words])

    @property
    def asked(self) -> list[tuple[str, list[str], dict[str, str]]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]

    def changed(self) -> list[str]:
        """What was asked that changes something, in order."""
        changing = r"terraform (apply|destroy)|gcloud .*\b(create|update|enable|delete)\b"
        asked = (f"{name} {' '.join(words)}" for name, words, _ in self.asked)
        return [each for each in asked if re.match(changing, each)]

    def secrets_at(self, command: str) -> dict[str, str]:
        return next(told for name, words, told in self.asked if (name, words[0]) == ("terraform", command))


@pytest.fixture
def page() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/signup"
    server.shutdown()
    server.server_close()


@pytest.fixture
def cloud(tmp_path, monkeypatch, page) -> Cloud:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in (LINK_KEYS, IDENTITY_KEY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(USER, "karin@example.org")
    monkeypatch.setenv(PASSWORD, "p@ss word")
    monkeypatch.setattr(deploy_commands, "OURS", tmp_path / "none")
    monkeypatch.setattr(deploy.package, "main", lambda: print("the archive"))
    monkeypatch.setattr(deploy, "SETTINGS", tmp_path / "terraform.tfvars")
    deploy.SETTINGS.write_text(deploy.EXAMPLE)
    return Cloud(folder, page)


def test_an_empty_project_gets_to_its_first_page_and_each_step_is_said(cloud, capsys, page):
    assert cloud.run(deploy, "--yes") == 0

    said = capsys.readouterr().out
    steps = re.findall(r"^\* (\w+)", said, re.MULTILINE)
    assert steps == ["Looking", "Reading", "Building", "Switching", "Looking", "Planning", "Making", "Waiting"]
    assert page in said
    enabled, made, versions, applied = cloud.changed()
    assert enabled.startswith("gcloud services enable cloudresourcemanager.googleapis.com")
    assert made.startswith(
        "gcloud storage buckets create gs://dela-tests-dela-state --project=dela-tests --location=eu"
    )
    assert "--public-access-prevention" in made
    assert versions == "gcloud storage buckets update gs://dela-tests-dela-state --versioning"
    assert applied == "terraform apply deploy.tfplan", "what was shown, and nothing else"
    planned = next(words for name, words, _ in cloud.asked if words[0] == "plan")
    assert planned == ["plan", *TOLD, "-out=deploy.tfplan", "-detailed-exitcode"]
    assert ["init", "-reconfigure", "-backend-config=bucket=dela-tests-dela-state"] in [w for _, w, _ in cloud.asked]


def test_keys_are_made_once_and_reach_terraform_by_its_environment_only(cloud, capsys):
    cloud.run(deploy, "--yes")

    told = cloud.secrets_at("plan")
    assert told == cloud.secrets_at("apply")
    (key,), identity = json.loads(told[LINK_KEYS]), told[IDENTITY_KEY]
    assert len(key) >= 32
    assert len(identity) >= 32
    assert key != identity
    shown = json.dumps([words for _, words, _ in cloud.asked]) + capsys.readouterr().out
    assert not [secret for secret in (key, identity, "p@ss word") if secret in shown]


def test_a_second_run_changes_nothing_and_asks_for_nothing(cloud, monkeypatch, capsys):
    monkeypatch.delenv(USER)
    monkeypatch.delenv(PASSWORD)

    assert cloud.deployed().run(deploy) == 0

    assert [each.split()[1:4] for each in cloud.changed()] == [
        ["services", "enable", "cloudresourcemanager.googleapis.com"],
        ["storage", "buckets", "update"],
    ], "which do nothing where it is so"
    assert cloud.secrets_at("plan") == {
        LINK_KEYS: json.dumps(KEYS["link-keys"].split(",")),
        IDENTITY_KEY: KEYS["identity-key"],
        USER: "karin@example.org",
        PASSWORD: "p@ss word",
    }
    assert "nothing is to be changed" in capsys.readouterr().out


def test_a_run_that_broke_off_is_continued_with_the_keys_that_were_written(cloud, capsys):
    cloud.terraform["apply"] = (1, "Error 503", "")
    assert cloud.run(deploy, "--yes") == 1
    assert "Nothing is lost: call it again" in capsys.readouterr().err
    cloud.deployed().terraform |= {"plan": (2, "", ""), "apply": (0, "", "")}

    assert cloud.run(deploy, "--yes") == 0
    assert cloud.secrets_at("apply")[IDENTITY_KEY] == KEYS["identity-key"]


@pytest.mark.parametrize(
    ("command", "answer", "says"),
    [
        ("auth list", (0, "", ""), "gcloud auth login"),
        ("auth application-default", (1, "", ""), "gcloud auth application-default login"),
        ("billing projects describe", (1, "", "no such project"), "gcloud projects list"),
        ("billing projects describe", (0, '{"billingEnabled": false}', ""), "gcloud billing projects link dela-tests"),
        ("services enable", (1, "", "PERMISSION_DENIED"), "PERMISSION_DENIED"),
        ("storage buckets describe", (0, '{"location": "EUROPE-NORTH1"}', ""), 'say region = "europe-north1"'),
        ("secrets versions access", (1, "", "PERMISSION_DENIED"), "can't be read"),
    ],
)
def test_what_has_to_be_done_first_is_said_and_nothing_is_built(cloud, capsys, command, answer, says):
    cloud.gcloud[command] = answer

    assert cloud.run(deploy, "--yes") == 1

    assert says in capsys.readouterr().err
    assert not [each for each in cloud.changed() if each.startswith("terraform")]


def test_settings_that_have_no_value_yet_are_said_with_lines_to_copy(cloud, capsys):
    deploy.SETTINGS.write_text('mail_from = "Dela <dela@example.org>"\n')

    assert cloud.run(deploy, "--yes") == 1

    said = capsys.readouterr().err
    assert 'mail_server  = "smtp://mail.example.org:587"\ncoordinators = ["karin@example.org"]\n' in said
    assert "mail_from" not in said


@pytest.mark.parametrize(("version", "says"), [("1.10.5", "it has to be 1.11 or newer"), (None, "make terraform")])
def test_without_a_terraform_that_will_do_it_is_said_how_to_get_one(cloud, capsys, version, says):
    cloud.terraform["version"] = (0, json.dumps({"terraform_version": version}), "")
    if version is None:
        (cloud.folder / "terraform").unlink()

    assert cloud.run(deploy, "--yes") == 1
    assert says in capsys.readouterr().err


def test_nothing_is_made_before_somebody_has_said_yes(cloud, monkeypatch, capsys):
    assert cloud.run(deploy) == 1
    assert "YES=1" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "no")
    assert cloud.run(deploy) == 1
    assert not [each for each in cloud.changed() if each.startswith("terraform")]

    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert cloud.run(deploy) == 0


def test_a_page_that_never_comes_is_told(cloud, capsys):
    cloud.terraform["output"] = (0, json.dumps({"first_page": {"value": "http://127.0.0.1:9/signup"}}), "")

    assert cloud.run(deploy, "--yes", "--wait=0") == 1
    assert "does not answer yet" in capsys.readouterr().err


def test_destroy_refuses_while_there_are_data_and_says_how(cloud, capsys):
    assert cloud.deployed().run(destroy, "--yes") == 1

    assert "make destroy PROJECT=dela-tests DATA=delete" in capsys.readouterr().err
    assert cloud.changed() == []


def test_destroy_that_was_told_so_takes_the_protection_off_first(cloud):
    assert cloud.deployed().run(destroy, "--yes", "--data=delete") == 0

    told = " ".join([*TOLD, "-var=delete_data=true"])
    assert cloud.changed() == [f"terraform apply -auto-approve {told}", f"terraform destroy -auto-approve {told}"]


def test_destroy_where_there_is_nothing_does_nothing(cloud, capsys):
    cloud.deployed().terraform["state list"] = (1, "", "No state file was found!")

    assert cloud.run(destroy) == 0
    assert "nothing" in capsys.readouterr().out
    assert cloud.changed() == []


def test_what_the_tool_knows_of_infra_is_what_stands_there():
    variables = (INFRA / "variables.tf").read_text()

    assert f'default     = "{deploy.REGION}"' in variables
    for name in (LINK_KEYS, IDENTITY_KEY, USER, PASSWORD):
        assert f'variable "{name.removeprefix("TF_VAR_")}"' in variables
    text = variables + (INFRA / "variables-forum.tf").read_text()
    assert all(f'variable "{name}"' in text for name in deploy.NEEDED)
    assert set(KEYS) == set(
        re.findall(r"^    ([\w-]+) = \{\n +setting", (INFRA / "secrets.tf").read_text(), re.MULTILINE)
    )
    assert all(f'output "{name}"' in (INFRA / "outputs.tf").read_text() for name in ("first_page", "meetings"))
