"""`dela --project PROJECT`: an operator's commands on a forum in the cloud, with gcloud's stand-in on PATH."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore

from dela.mailing.ledger import Heartbeat
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import plan_meeting
from dela.operating import cli, cloud
from dela.settings import Settings
from dela.store.contract import Query
from dela.store.sqlite import SqliteStore
from dela.wiring import ports_of
from tests.support.archive import SETTINGS
from tests.support.cloud_tasks import CloudTasks
from tests.support.crowd import crowd
from tests.support.everything import snapshot

pytestmark = pytest.mark.xdist_group("cloud")

ACCOUNT = "caller@dela-tests.iam.gserviceaccount.com"
SECRETS = {"DELA_SECRET_KEYS": "dela-link-keys", "DELA_IDENTITY_KEY": "dela-identity-key"}
STANDIN = """#!/bin/sh
echo "$*" >> {folder}/asked
case "$*" in
  "functions list"*) cat {folder}/functions;;
  *--secret=*) for word; do case $word in --secret=*) cat {folder}/${{word#--secret=}};; esac; done;;
esac
"""


class Project:
    """A project with a forum in it, as gcloud tells of it."""

    def __init__(self, folder, project: str, endpoint: str) -> None:
        self.folder = folder
        told = {name: value for name, value in SETTINGS.items() if name not in SECRETS}
        self.told = {**told, "DELA_STORE": f"firestore://{project}/(default)", "DELA_TASKS_ENDPOINT": endpoint}
        self.told["FIRESTORE_EMULATOR_HOST"] = os.environ["FIRESTORE_EMULATOR_HOST"]
        bound = [{"key": k, "projectId": project, "secret": s, "version": "3"} for k, s in SECRETS.items()]
        service = {"environmentVariables": {**self.told, "THREADS": "8"}, "secretEnvironmentVariables": bound}
        named = {"name": f"projects/{project}/locations/europe-west1/functions/signup", "serviceConfig": service}
        other = {"name": f"projects/{project}/locations/europe-west1/functions/join", "serviceConfig": {}}
        (folder / "functions").write_text(json.dumps([other, named]))
        for key, secret in SECRETS.items():
            (folder / secret).write_text(SETTINGS[key] + "\n")
        (folder / "gcloud").write_text(STANDIN.format(folder=folder))
        (folder / "gcloud").chmod(0o755)

    def ports(self):
        return ports_of(Settings.from_environment({**SETTINGS, **self.told}))


@pytest.fixture(autouse=True)
def _no_umask(monkeypatch) -> None:
    monkeypatch.setattr("os.umask", lambda mask: 0)


@pytest.fixture
def queue() -> Iterator[CloudTasks]:
    tasks = CloudTasks("dela-tests/europe-west1/mails", {ACCOUNT}).start()
    yield tasks
    tasks.stop()


@pytest.fixture
def project(tmp_path, monkeypatch, firestore_project, queue) -> Project:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Project(tmp_path, firestore_project, queue.endpoint)


def types(capsys, *words: str, status: int = 0) -> str:
    assert cli.main(["--project", "dela-tests", *words]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


@pytest.mark.firestore
@pytest.mark.slow
def test_a_meeting_is_planned_moved_linked_cancelled_and_looked_at_from_the_operators_machine(project, capsys):
    assert "planned" in types(capsys, "plan", "2099-03-05T12:10")
    (meeting,) = project.ports().store.query(Meeting, Query())
    assert "the room is set" in types(capsys, "link", meeting.id, "https://meet.example.org/x")
    assert "moved" in types(capsys, "move", meeting.id, "2099-03-06T12:10")
    assert meeting.id in types(capsys, "status")
    assert "cancelled" in types(capsys, "cancel", meeting.id, "--yes")

    (after,) = project.ports().store.query(Meeting, Query())
    assert (after.cancelled, after.room_url) == (True, "https://meet.example.org/x")
    assert project.ports().store.query(Heartbeat, Query()) == [], "status is no run of the schedule"


@pytest.mark.firestore
@pytest.mark.slow
def test_a_queue_that_an_operator_may_not_use_holds_nothing_up(project, queue, capsys):
    queue._accounts.clear()

    assert "planned" in types(capsys, "plan", "2099-03-05T12:10")
    assert "moved" in types(capsys, "move", "2099-1", "2099-03-06T12:10")


@pytest.mark.firestore
@pytest.mark.slow
def test_a_backup_holds_everything_and_the_keys_and_is_restored_at_home(project, tmp_path, monkeypatch, capsys):
    ports = project.ports()
    start = datetime.now(UTC) + timedelta(days=60)
    meeting = plan_meeting(ports, start, datetime.now(UTC))
    crowd(ports, meeting, 250, datetime.now(UTC))
    before, file = snapshot(ports.store), tmp_path / "cloud.zip"
    monkeypatch.setenv("DELA_DATA_DIR", str(tmp_path / "home"))

    assert "keep it safe" in types(capsys, "backup", str(file))
    assert not (tmp_path / "home").exists(), "nothing of it is kept on the operator's machine"
    assert cli.main(["restore", str(file)]) == 0

    with closing(SqliteStore(tmp_path / "home" / "dela.sqlite3")) as store:
        restored = snapshot(store)
    assert len(before) > 250
    assert {name: each for name, each in restored.items() if name in before} == before
    keys = json.loads((tmp_path / "home" / "keys.json").read_text())
    assert (keys["secret_keys"], keys["identity_key"]) == tuple(SETTINGS[name] for name in SECRETS)


@pytest.mark.firestore
def test_what_can_not_be_read_is_told_and_stops_no_backup(project, tmp_path, monkeypatch, capsys):
    ports = project.ports()
    meeting = plan_meeting(ports, datetime.now(UTC) + timedelta(days=60), datetime.now(UTC))
    client = firestore.Client(project=ports.settings.project)
    client.collection("meetings").document(meeting.id).update({"minutes": "fifty"})
    client.close()

    assert "1 document can't be read by this Dela" in types(capsys, "backup", str(tmp_path / "cloud.zip"))


@pytest.mark.firestore
def test_what_is_written_while_a_backup_is_made_is_not_half_in_it(project):
    store = project.ports().store
    start, now = datetime.now(UTC) + timedelta(days=60), datetime.now(UTC)
    meeting = plan_meeting(project.ports(), start, now)

    then = store.of_one_moment(Heartbeat)
    plan_meeting(project.ports(), start + timedelta(days=90), now)
    store.transact(lambda writing: writing.delete(Meeting, meeting.id))

    assert [each.id for each in then.query(Meeting, Query())] == [meeting.id]
    assert then.get(Meeting, meeting.id) == meeting
    assert then.count(Meeting, Query()) == 1


@pytest.mark.firestore
def test_the_keys_are_those_versions_that_the_function_reads(project):
    told = cloud.environment_of("dela-tests")

    assert {name: told[name] for name in SECRETS} == {name: SETTINGS[name] for name in SECRETS}
    asked = (project.folder / "asked").read_text()
    assert asked.count("secrets versions access 3 ") == 2


@pytest.mark.parametrize("command", [["serve"], ["check"], ["restore", "x.zip"], ["demo"]])
def test_what_is_for_one_machine_says_so(command, capsys):
    assert f"`dela {command[0]}` is for a forum on one machine" in types(capsys, *command, status=1)


@pytest.mark.parametrize(
    ("script", "says"),
    [("echo '[]'", "there is no forum in this project: make deploy"), ("echo 'not you' >&2; false", "not you")],
)
def test_a_project_that_can_not_be_got_at_says_why(tmp_path, monkeypatch, capsys, script, says):
    (tmp_path / "gcloud").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "gcloud").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert says in types(capsys, "status", status=1)


def test_without_gcloud_or_googles_libraries_it_is_said_how_to_get_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cloud.google.com/sdk" in types(capsys, "status", status=1)
    monkeypatch.setattr(cloud, "LIBRARIES", "google.there_is_none.such")
    assert "make setup-cloud" in types(capsys, "status", status=1)
