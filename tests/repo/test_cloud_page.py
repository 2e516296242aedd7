"""docs/cloud.md says what can be typed, set and seen."""

import re
import shlex

import pytest

from dela.operating import cli, cloud
from tests.support.process import ROOT

PAGE = (ROOT / "docs" / "cloud.md").read_text()
INFRA = "".join(path.read_text() for path in (ROOT / "infra").glob("*.tf"))
PROGRAM = "".join(path.read_text() for path in (ROOT / "functions" / "dela").rglob("*.py"))


def test_every_command_on_a_forum_in_the_cloud_is_told_and_can_be_typed_as_it_is_told():
    typed = re.findall(r"^\| `dela (--project PROJECT [^`]+)`", PAGE, re.MULTILINE)

    for words in typed:
        cli._parser().parse_args(shlex.split(words))
    assert sorted(shlex.split(words)[2] for words in typed) == sorted(cloud.COMMANDS)


def test_every_variable_of_terraforms_that_it_sets_exists():
    said = set(re.findall(r"^    (\w+) += ", PAGE, re.MULTILINE))
    said |= set(re.findall(r"`(\w+) = [^`]+`", PAGE)) | set(re.findall(r"TF_VAR_(\w+)", PAGE))
    said |= {"alerts", "budget", "mail_rate", "mail_version", "max_instances", "proxies", "queue", "settle_seconds"}

    assert {"backup_days", "base_url", "link_keys"} <= said
    assert [name for name in said if f'variable "{name}"' not in INFRA] == []


@pytest.mark.parametrize(
    "seen", ["the queue takes nothing as it is set up", "Firestore refuses: ", "is missing", "has never run", "min ago"]
)
def test_what_it_says_that_one_sees_is_what_the_program_says(seen):
    assert seen in PAGE
    assert seen in PROGRAM


def test_the_jobs_and_secrets_that_it_names_exist():
    for job in re.findall(r"dela-(reminders|retention)", PAGE):
        assert re.search(rf"^    {job} += \{{ cron", INFRA, re.MULTILINE)
    for secret in re.findall(r"--secret=dela-([\w-]+)", PAGE):
        assert re.search(rf"^    {secret} = \{{", INFRA, re.MULTILINE)
