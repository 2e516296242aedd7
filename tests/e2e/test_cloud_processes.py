"""The deployed processes: who may call the workers, what they log, and what they open when."""

import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.error import HTTPError

import psutil
import pytest
from google.cloud import firestore

from dela.attending.registration import Registration, RegistrationState
from dela.meetings.run_meetings import plan_meeting
from tests.support.cloud_tokens import Signer, google, without_signature
from tests.support.crowd import crowd
from tests.support.everything import snapshot
from tests.support.forum import link
from tests.support.home_cloud import ACCOUNT, PRIVATE
from tests.support.process import until

pytestmark = [pytest.mark.slow, pytest.mark.firestore, pytest.mark.xdist_group("cloud")]

BERIT = {"name": "Berit Byström", "email": "berit@example.org", "municipality": "Berg", "language": "en"}
DAY = timedelta(days=1)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODIES = (
    b"",
    b"\xff\x00",
    b"[" * 5000,
    b'{"key": "page:../../x"}',
    b'{"key": "message:a/b"}',
    b'{"key": "message:__x__"}',
    b'{"key": 1, "now": "2099-01-01T00:00:00Z", "force": true}',
)


def order(port: int, method: str, body: bytes = b"", path: str = "/", **headers: str) -> int:
    """A request straight to an instance, past everything that guards it; answers the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_only_the_schedule_and_the_queue_get_to_the_workers(cloud):
    plan_meeting(cloud.ports, datetime.now(UTC) + DAY, datetime.now(UTC))
    cloud.schedule("reminders")
    before = snapshot(cloud.ports.store)
    for name in PRIVATE:
        address = cloud.front.addresses[name]
        strangers = {
            "nothing": "",
            "another account": google().token("someone@dela-tests.iam.gserviceaccount.com", address),
            "another audience": google().token(ACCOUNT, cloud.front.addresses["signup"]),
            "yesterday's": google().token(ACCOUNT, address, age=86400),
            "another key": Signer().token(ACCOUNT, address),
            "no signature": without_signature(google().token(ACCOUNT, address)),
            "nonsense": "x.y.z",
        }
        for what, token in strangers.items():
            for url in (address, f"{cloud.base}/{name}"):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                assert cloud.visit(url, "POST", form={}, **headers).status == 403, what
        assert cloud.front.call(name) == 200
    with pytest.raises(HTTPError, match="403"):
        cloud.front.call("delivery", account="someone@dela-tests.iam.gserviceaccount.com")

    assert snapshot(cloud.ports.store) == before


def test_whoever_gets_past_the_guard_makes_nothing_happen_that_is_not_due(cloud):
    now = datetime.now(UTC)
    meeting = plan_meeting(cloud.ports, now + timedelta(days=1, minutes=20), now)
    crowd(cloud.ports, meeting, 5, datetime.now(UTC))
    cloud.schedule("reminders")
    cloud.visit("/signup", "POST", json_=BERIT)
    cloud.settle()
    before, mails = snapshot(cloud.ports.store), len(cloud.mails)
    keys = [name.split("/", 1)[1] for name in before if name.startswith(("pages/", "messages/"))]
    assert any(name.startswith("pages/") for name in before), "something lies ahead"
    hints = [json.dumps({"key": f"{kind}:{key}"}).encode() for key in keys for kind in ("page", "message")]

    orders = [(name, method, body) for name, method, body in product(PRIVATE, METHODS, (*BODIES, *hints))]
    with ThreadPoolExecutor(6) as pool:
        ports = {name: cloud.front.instances[name][0] for name in PRIVATE}
        done = pool.map(lambda each: order(ports[each[0]], each[1], each[2], "/now?force=1", Date="x"), orders)
        statuses = set(done)

    assert statuses <= {200, 405}
    assert snapshot(cloud.ports.store) == before
    assert len(cloud.mails) == mails


def test_called_by_many_at_once_when_it_is_due_each_person_is_mailed_once(cloud):
    now = datetime.now(UTC)
    meeting = plan_meeting(cloud.ports, now + DAY - timedelta(minutes=1), now)
    crowd(cloud.ports, meeting, 30, datetime.now(UTC))

    ports = [cloud.front.instances[name][0] for name in ("reminders", "delivery", "delivery")] * 4
    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(lambda port: order(port, "POST"), ports))
    cloud.settle()

    assert statuses <= {200, 503}
    assert len({mail.recipient for mail in cloud.mails}) == len(cloud.mails) == 30


def test_at_home_no_address_leads_to_the_workers(at_home):
    at_home.fresh()
    for name in PRIVATE:
        for method in ("GET", "POST"):
            assert at_home.visit(f"/{name}", method).status == 404
            assert at_home.visit(f"/{name}/x", method).status == 404


def lines_of(cloud) -> list[dict]:
    return [json.loads(line) for line in cloud.output().splitlines()]


def test_each_run_is_one_line_of_json_with_its_trace_and_without_anybody(cloud):
    plan_meeting(cloud.ports, datetime.now(UTC) + 3 * DAY, datetime.now(UTC))
    trace = "105445aa7843bc8bf206b12000100000"

    cloud.visit("/signup", X_Cloud_Trace_Context=f"{trace}/1;o=1")
    cloud.visit("/signup", "POST", json_=BERIT)
    cloud.settle()
    confirm = link(cloud.mails[-1].read(), "/confirm/")
    cloud.visit(confirm)
    cloud.press(confirm)
    cloud.visit(confirm + "x")
    cloud.schedule("reminders")
    until(lambda: len(cloud.mails) == 2, telling=cloud.output)
    cloud.settle()

    lines = lines_of(cloud)
    actions = [(line["action"], line["status"]) for line in lines]
    assert sorted(each for each in actions if each[0] == "signup") == [
        ("signup", status) for status in (200, 200, 202, 303, 404)
    ]
    assert actions.count(("reminders", 200)) == 1
    sent = [line["counts"] for line in lines if line["action"] == "delivery"]
    assert sum(counts.get("sent", 0) for counts in sent) == 2
    project = cloud.ports.settings.project
    traces = [line["logging.googleapis.com/trace"] for line in lines if line["action"] == "signup"]
    assert traces[0] == f"projects/{project}/traces/{trace}"
    assert len(set(traces)) == 5
    for line in lines:
        assert line["severity"] == "INFO"
        assert re.fullmatch(rf"projects/{project}/traces/[0-9a-f]{{32}}", line["logging.googleapis.com/trace"])
        assert line["milliseconds"] >= 0
    token = confirm.split("?")[0].rsplit("/", 1)[1]
    said = cloud.output()
    assert not [each for each in (*BERIT.values(), token, "Berit", "example.org") if len(each) > 2 and each in said]


def test_what_nobody_foresaw_is_an_error_that_error_reporting_reads_and_holds_no_data(in_cloud, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", in_cloud.ports.settings.firestore_emulator_host)
    cloud = in_cloud.fresh()
    client = firestore.Client(project=cloud.ports.settings.project)
    broken = client.collection("meetings").document("2099-1")
    starts_at = "2099-01-01T00:00:00.000000Z"
    broken.set({"id": "2099-1", "state": "open", "starts_at": starts_at, "minutes": "anna@example.org"})
    try:
        assert cloud.visit("/signup").status == 200, "it is set aside"
        assert cloud.visit("/signup/2099-1").status == 500
        assert cloud.front.instances["signup"], "and the process lives on"
    finally:
        broken.delete()
        client.close()

    errors = [line for line in lines_of(cloud) if line["severity"] == "ERROR"]
    assert [each["message"] for each in errors[:-1]] == [
        "a document of meetings can't be read (changed_at, created_at, minutes): it is set aside"
    ]
    assert errors[-1]["@type"].endswith("ReportedErrorEvent")
    assert errors[-1]["stack_trace"].startswith("Traceback (most recent call last):\n  File ")
    assert errors[-1]["stack_trace"].endswith(
        "Unreadable: a document of meetings can't be read (changed_at, created_at, minutes)"
    )
    assert "anna@example.org" not in cloud.output()


def test_at_home_the_lines_are_for_people(at_home):
    at_home.fresh()
    plan_meeting(at_home.ports, datetime.now(UTC) + 3 * DAY, datetime.now(UTC))
    at_home.visit("/signup", "POST", json_=BERIT)
    until(lambda: at_home.mails, telling=at_home.output)
    at_home.settle()
    until(lambda: "delivery" in at_home.output())

    lines = at_home.output().splitlines()
    form = re.compile(r"\d\d:\d\d:\d\d info    (signup|delivery|reminders|retention) 20[02]( \w+=\d+)* +[\d.]+ ms")
    assert [line for line in lines if not form.fullmatch(line)] == []
    assert BERIT["email"] not in at_home.output()


def connections(process: psutil.Process, *servers: str) -> int:
    ports = {int(server.rsplit(":", 1)[1]) for server in servers}
    return sum(bool(each.raddr and each.raddr.port in ports) for each in process.net_connections("tcp"))


def test_nothing_is_opened_before_the_fork_nor_before_it_is_needed(cloud):
    """gRPC does not survive a fork; the framework imports the functions before it forks."""
    emulator, tasks = cloud.ports.settings.firestore_emulator_host, cloud.tasks.endpoint
    plan_meeting(cloud.ports, datetime.now(UTC) + 3 * DAY, datetime.now(UTC))
    port = cloud.launch("signup")
    process = cloud.processes[port].answers(f"http://127.0.0.1:{port}/robots.txt")
    master = psutil.Process(process.popen.pid)
    (worker,) = master.children()
    assert [connections(each, emulator, tasks) for each in (master, worker)] == [0, 0]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: order(port, "GET"), range(8))) == {200}
    assert [connections(each, emulator) for each in (master, worker)] == [0, 1], "one client for all threads"
    assert connections(worker, tasks) == 0
    body = json.dumps(BERIT).encode()
    assert order(port, "POST", body, **{"Content-Type": "application/json"}) == 202

    assert [connections(each, tasks) for each in (master, worker)] == [0, 1]
    cloud.settle()
    master.terminate()
    assert process.popen.wait(20) == 0, "it ends politely when it is told to"
    del cloud.processes[port]


def test_an_instance_that_lacks_a_setting_does_not_start_and_says_which(in_cloud):
    port = in_cloud.fresh().launch("signup", DELA_CALLER="", DELA_MAIL="")
    process = in_cloud.processes.pop(port)

    assert process.popen.wait(30) != 0
    assert "DELA_CALLER: is missing" in process.output
    assert "DELA_MAIL: is missing" in process.output


def test_a_person_who_signs_up_while_the_queue_is_away_is_not_refused_and_not_forgotten(cloud):
    plan_meeting(cloud.ports, datetime.now(UTC) + 3 * DAY, datetime.now(UTC))
    cloud.tasks.outage = True
    try:
        assert cloud.visit("/signup", "POST", json_=BERIT).status == 202
    finally:
        cloud.tasks.outage = False
    assert cloud.mails == []

    cloud.schedule("reminders")

    assert [mail.recipient for mail in cloud.mails] == [BERIT["email"]]
    found = [each for each in snapshot(cloud.ports.store).values() if each.get("email") == BERIT["email"]]
    assert Registration.model_validate(found[0]).state is RegistrationState.PENDING
