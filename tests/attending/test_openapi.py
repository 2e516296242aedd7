"""The JSON API answers what its description says, whatever it is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug import Request

from dela.attending.web import signup
from tests.support.forum import START, Forum

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
STATES = ("none", "open", "full")


@pytest.fixture(params=STATES)
def state(request):
    return request.param


@pytest.fixture
def api(state, tmp_path):
    """The description of a forum that has no meeting, an open one, or a full one."""
    forum = Forum(tmp_path)
    if state != "none":
        meeting = forum.meeting(capacity=1)
        forum.meeting(START.replace(day=20))
        if state == "full":
            forum.confirmed(meeting)

    @Request.application
    def application(called):
        forum.later(seconds=30)
        return signup.handle(called, forum.ports)

    yield schemathesis.openapi.from_wsgi("/signup/openapi.json", application)
    forum.close()


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_the_description_names(api, state, mode):
    statuses = set()
    for found in api.get_all_operations():
        operation = found.ok()

        @BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case):
            response = case.call()
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        if mode is GenerationMode.POSITIVE or operation.body:
            answers()
    expected = {"none": {409}, "open": {202}, "full": {409}} if mode is GenerationMode.POSITIVE else {}
    assert statuses >= expected.get(state, {422} if state != "none" else {409}), "sign-ups were tried"


@pytest.mark.slow
def test_the_description_is_valid_openapi(api):
    api.validate()
