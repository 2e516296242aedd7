import io
import json
import logging
import re
from time import perf_counter

import pytest
from pydantic import BaseModel, ValidationError

from dela.errors import TemporaryFailure
from dela.store.identity import person_id
from dela.web import logs
from dela.web.logs import CloudFormatter, HomeFormatter
from dela.web.runs import ran
from tests.support.forum import FORM, ROOM, link

TRACE = "105445aa7843bc8bf206b12000100000"
SECRET = "anna@example.org"


@pytest.fixture
def lines(request):
    """The log of whatever runs in the test, in the form that the parameter names."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    level, root.level = root.level, logging.INFO
    reading = logging.getLogger("dela.reading")
    shown = reading.level
    reading.setLevel(logging.NOTSET)  # a test that serves at home has switched it off
    root.addHandler(handler)
    logs.trace.set("")
    yield lambda: stream.getvalue().splitlines()
    root.removeHandler(handler)
    root.setLevel(level)
    reading.setLevel(shown)
    logs.trace.set("")


in_cloud = pytest.mark.parametrize("lines", [CloudFormatter], indirect=True)
at_home = pytest.mark.parametrize("lines", [HomeFormatter], indirect=True)
in_both = pytest.mark.parametrize("lines", [CloudFormatter, HomeFormatter], indirect=True)


def fail_with_data() -> None:
    class Person(BaseModel):
        age: int

    try:
        Person.model_validate({"age": SECRET})
    except ValidationError as error:
        raise TemporaryFailure("the store can't answer now") from error


@in_cloud
def test_a_run_is_one_object_with_action_counts_and_duration(lines):
    ran("delivery", 200, perf_counter(), {"sent": 3})

    entry = json.loads(lines()[0])
    assert entry["severity"] == "INFO"
    assert entry["message"] == "delivery 200"
    assert (entry["action"], entry["status"], entry["counts"]) == ("delivery", 200, {"sent": 3})
    assert 0 <= entry["milliseconds"] < 10_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", entry["time"])
    assert "logging.googleapis.com/trace" not in entry


@at_home
def test_at_home_it_is_one_line_to_read(lines):
    ran("delivery", 200, perf_counter() - 0.5, {"sent": 3, "failed": 1})

    assert re.fullmatch(r"\d\d:\d\d:\d\d info    delivery 200 sent=3 failed=1 5\d\d\.\d ms", lines()[0])


@in_cloud
def test_the_lines_of_a_request_bear_its_trace(lines):
    logs.trace.set(logs.trace_of({"X-Cloud-Trace-Context": f"{TRACE}/123;o=1"}, "dela-tests"))
    logging.getLogger("dela").warning("something")

    assert json.loads(lines()[0])["logging.googleapis.com/trace"] == f"projects/dela-tests/traces/{TRACE}"


@pytest.mark.parametrize(
    ("headers", "project", "trace"),
    [
        ({"X-Cloud-Trace-Context": f"{TRACE}/1;o=1"}, "p", f"projects/p/traces/{TRACE}"),
        ({"X-Cloud-Trace-Context": TRACE}, "p", f"projects/p/traces/{TRACE}"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "p", f"projects/p/traces/{TRACE}"),
        ({"X-Cloud-Trace-Context": f"{TRACE}/1"}, "", ""),
        ({"X-Cloud-Trace-Context": SECRET}, "p", ""),
        ({"X-Cloud-Trace-Context": f"{TRACE}{SECRET}"}, "p", ""),
        ({"traceparent": "00-x"}, "p", ""),
        ({}, "p", ""),
    ],
)
def test_a_trace_is_taken_from_googles_header_or_w3cs_and_nothing_else_is(headers, project, trace):
    assert logs.trace_of(headers, project) == trace


@in_cloud
def test_an_exception_is_what_error_reporting_reads(lines):
    try:
        fail_with_data()
    except TemporaryFailure:
        logging.getLogger("dela").exception("delivery failed")

    assert len(lines()) == 1
    entry = json.loads(lines()[0])
    assert entry["severity"] == "ERROR"
    assert entry["@type"].endswith("ReportedErrorEvent")
    stack = entry["stack_trace"].splitlines()
    assert stack[0] == "Traceback (most recent call last):"
    assert any(re.match(r'  File ".*test_logs.py", line \d+, in fail_with_data', line) for line in stack)
    assert stack[-1] == "dela.errors.TemporaryFailure: the store can't answer now"
    assert "pydantic_core._pydantic_core.ValidationError" in stack


@in_both
def test_what_an_exception_was_given_is_not_logged(lines):
    for error in (ValueError(SECRET), KeyError(SECRET), PermissionError(13, "Permission denied", SECRET)):
        try:
            raise error
        except Exception:
            logging.getLogger("dela").exception("failed")
    try:
        fail_with_data()
    except TemporaryFailure:
        logging.getLogger("dela").exception("failed")

    text = "\n".join(lines())
    assert SECRET not in text
    assert "Permission denied" in text


@in_both
def test_a_whole_journey_leaves_lines_without_anybody_in_them(forum, lines):
    """Each request and each run is told, and no address, name, token, room or place of work is in any line."""
    forum.meeting()
    forum.web("signup").post("/signup/", data={**FORM, "lang": "sv"})
    forum.run()
    confirm = link(forum.last_mail, "/confirm/")
    forum.open(confirm)
    forum.open(confirm, "POST")
    forum.run()
    manage, join = link(forum.last_mail, "/manage/"), link(forum.last_mail, "/join/")
    forum.open(manage, "POST", data={"action": "leave"})
    forum.open(join)
    forum.open(join[:-4])
    forum.web("signup").post("/signup/", data={**FORM, "email": "not an address"})
    forum.run()

    text = "\n".join(lines())
    assert text.count("signup ") >= 4
    assert text.count("join ") >= 2
    secrets = [*FORM.values(), "not an address", ROOM, "anna", "Andersson"]
    secrets += [url.split("?")[0].rsplit("/", 1)[1] for url in (confirm, manage, join)]
    assert not [secret for secret in secrets if len(secret) > 2 and secret in text]
    assert person_id(forum.settings.identity_key, FORM["email"]) not in text


@in_both
def test_an_error_that_nobody_foresaw_is_logged_with_its_stack_and_without_the_token(forum, lines, monkeypatch):
    def broken(*_):
        raise RuntimeError(f"cannot read {SECRET}")

    monkeypatch.setattr(type(forum.ports.store), "get", broken)
    answer = forum.open(forum.ports.settings.base_url + "/signup/2026-1")

    assert answer.status_code == 500
    text = "\n".join(lines())
    assert "in broken" in text
    assert "signup 500" in text
    assert SECRET not in text


@pytest.mark.parametrize("cloud", [True, False])
def test_each_page_is_a_line_in_the_cloud_and_at_home_only_what_did_something_or_failed(cloud, monkeypatch):
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)  # the handlers stay those of the tests
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root, reading = logging.getLogger(), logging.getLogger("dela.reading")
    before = root.level, reading.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        logs.set_up(cloud=cloud)
        ran("signup", 200, perf_counter(), reading=True)
        ran("signup", 303, perf_counter())
        ran("signup", 404, perf_counter(), reading=True)
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        reading.setLevel(before[1])
    assert stream.getvalue().split("\n")[:-1] == [*(["signup 200"] if cloud else []), "signup 303", "signup 404"]
