"""`make rehearse`: what Terraform would make is started on this machine, people go through it, and strangers try it.

Nothing that the program is told here comes from the tests: settings, secrets, accounts, addresses, rights, queue,
schedule and indexes are those that Terraform has planned, by Google's rules. test_rehearsal_broken.py breaks them.
"""

from collections.abc import Iterator

import pytest

from tests.e2e import test_journeys as journeys
from tests.infra.rehearsal.doors import queue_check, store_check
from tests.infra.rehearsal.home import Rehearsal
from tests.infra.rehearsal.stage import rehearsal
from tests.infra.rehearsal.strangers import open_doors
from tests.infra.test_plan import CALLED_BY, PUBLIC
from tests.support.everything import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.firestore, pytest.mark.xdist_group("terraform, rehearsal")]


@pytest.fixture(scope="module")
def staged(tmp_path_factory, fresh, google, emulator) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path_factory.mktemp("rehearsal"), fresh, google, emulator) as home:
        yield home.start()


@pytest.fixture
def home(staged) -> Iterator[Rehearsal]:
    """The rehearsal as new; afterwards nothing may have been refused, and nobody may stand in the logs."""
    staged.fresh()
    yield staged
    staged.look()
    said = staged.output()
    assert '"severity": "ERROR"' not in said
    assert not [secret for secret in staged.secrets if secret in said]


def test_an_attendee_signs_up_confirms_is_reminded_and_joins(home):
    journeys.test_a_stranger_becomes_someone_who_was_there(home)


def test_an_attendee_leaves(home):
    journeys.test_who_leaves_is_taken_out_of_the_calendar_and_out_of_the_reminders(home)


def test_the_schedule_runs_and_the_forum_says_so(home):
    journeys.a_meeting(home)
    for name in home.planned.jobs:
        home.schedule(name.removeprefix("dela-"))

    assert home.visit("/signup/health").status == 200
    assert home.visit("/signup/meetings.json").status == 200


def test_a_stranger_finds_no_door_open_but_those_that_the_readme_calls_so(home):
    journeys.a_meeting(home)
    before = snapshot(home.ports.store)

    assert open_doors(home) == PUBLIC

    assert snapshot(home.ports.store) == before
    assert home.smtp.taken == []


def test_an_account_that_no_function_runs_as_gets_at_neither_documents_nor_queue(home):
    idle = home.planned.accounts - {each.account for each in home.functions.values()}

    assert len(idle) == 2, "who calls, and who builds"
    for account in idle:
        assert store_check(home.planned, account)("RunQuery", b"")
        assert queue_check(home.planned, account)("CreateTask", b"")


def test_every_function_of_the_readme_is_rehearsed(home):
    assert set(home.functions) == set(CALLED_BY)
