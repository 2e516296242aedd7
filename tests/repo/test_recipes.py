"""Who follows a recipe of docs/architecture.md to the letter gets what it promises, and who forgets a step is told."""

import pytest

from tests.repo.test_readme import copy_of_the_tree
from tests.support.recipes import followed, run_tests, steps_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GUARDS = (
    "tests/repo/test_declarations.py",
    "tests/web/test_translations.py",
    "tests/web/test_reading_changes_nothing.py",
    "tests/web/test_forwarded_links.py",
    "tests/mailing/test_mails.py",
)
"""The tests that must turn red where a step is forgotten, and stay green where none is."""

RED = (1, 2, 4)
"""How pytest ends where a test fails, or where a file of tests or what they share can't be loaded."""

MAIL = """
from datetime import timedelta

from tests.support.forum import link


def test_the_mail_leaves_when_the_room_opens_and_never_again(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.travel(meeting.opens_at - timedelta(seconds=1))
    assert not opened(forum)
    forum.travel(meeting.ends_at)
    (mail,) = opened(forum)
    assert mail["Subject"] == "Välkommen in: torsdag 3 december 2026"
    assert forum.open(link(mail, "/join/")).status_code == 200


def opened(forum):
    return [mail for mail in forum.mails if "Välkommen in" in mail["Subject"]]
"""
PAGE = """
from tests.support.forum import link


def test_the_page_answers_behind_the_link_in_the_mail(forum):
    forum.sign_up(forum.meeting())
    forum.deliver()
    answer = forum.open(link(forum.last_mail, "/why/"))
    assert answer.status_code == 200
    assert "Varför fick jag det här mejlet?" in answer.text
    assert forum.open(link(forum.last_mail, "/why/"), "POST").status_code == 405
"""
DUTY = """
from datetime import timedelta


def test_the_room_is_forgotten_after_a_month_and_not_before(forum):
    meeting = forum.meeting()
    forum.travel(meeting.starts_at + timedelta(days=30))
    assert forum.present_meeting(meeting.id).room_url
    forum.travel(meeting.starts_at + timedelta(days=31))
    assert not forum.present_meeting(meeting.id).room_url
"""
PROMISED = {"add a mail": MAIL, "add a mailed page": PAGE, "add a duty": DUTY}
STEPS = {recipe: steps_of(recipe) for recipe in PROMISED}
EACH_STEP = [(recipe, number) for recipe, steps in STEPS.items() for number in range(1, len(steps) + 1)]


@pytest.mark.parametrize("recipe", PROMISED)
def test_who_follows_it_gets_what_it_promises(tmp_path, recipe):
    copy_of_the_tree(tmp_path)
    (tmp_path / "tests" / "test_promised.py").write_text(PROMISED[recipe])

    done = run_tests(followed(tmp_path, STEPS[recipe]), "tests/test_promised.py", *GUARDS)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("recipe", "number"), EACH_STEP, ids=lambda part: str(part).replace(" ", "-"))
def test_who_forgets_a_step_is_told_by_a_test(tmp_path, recipe, number):
    copy_of_the_tree(tmp_path)

    done = run_tests(followed(tmp_path, STEPS[recipe], leaving_out=number), *GUARDS)

    assert done.returncode in RED, done.stdout + done.stderr


def test_each_recipe_has_no_more_steps_than_it_says():
    assert {recipe: len(steps) for recipe, steps in STEPS.items()} == {
        "add a mail": 3,
        "add a mailed page": 6,
        "add a duty": 2,
    }
