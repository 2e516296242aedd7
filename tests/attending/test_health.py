"""A monitor elsewhere is told when the schedule stands still: what stands still can't tell of it by itself."""

from datetime import timedelta

from dela.duties.run_duties import plan_mails
from tests.support.things import operations_in

HEALTH = "http://localhost:8080/signup/health"


def test_it_is_up_for_an_hour_after_a_run_and_down_from_then_on(forum):
    plan_mails(forum.ports, forum.now)
    ran = forum.now
    for minutes, status in ((0, 200), (59, 200), (60, 200), (61, 503), (60 * 24 * 3, 503)):
        answer = forum.at(ran + timedelta(minutes=minutes)).open(HEALTH)
        assert answer.status_code == status
        assert answer.json == {"status": "up" if status == 200 else "down", "schedule": f"ran {minutes} min ago"}
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_schedule_that_never_ran_is_down(forum):
    answer = forum.open(HEALTH)

    assert answer.status_code == 503
    assert answer.json["schedule"] == "has never run"


def test_a_clock_that_was_set_back_is_no_reason_to_ring(forum):
    plan_mails(forum.ports, forum.now)

    assert forum.later(hours=-3).open(HEALTH).status_code == 200


def test_looking_costs_one_read_and_changes_nothing(forum):
    plan_mails(forum.ports, forum.now)
    cost = operations_in(forum.ports.store, lambda: forum.open(HEALTH))

    assert (cost.reads, cost.writes, cost.deletes) == (1, 0, 0)
    assert forum.open(HEALTH, "POST").status_code == 405
