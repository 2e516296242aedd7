"""From an empty project to nothing again: applying, applying once more, changing one thing, taking it all apart."""

import json
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pytest

from tests.infra.terraform import IDENTITY_KEY, KEY, OLDER_KEY, PASSWORD, PROJECT, VARIABLES
from tests.support.process import ROOT
from tools.package import targets

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform, life")]

EVERY_FUNCTION = {
    f'google_cloudfunctions2_function.this["{name}"]': ["update"] for name in targets(ROOT / "functions" / "main.py")
}
NEW_BEFORE_OLD = ["create", "delete"]


@pytest.fixture
def living(applied, tmp_path):
    return applied.twin(tmp_path / "living")


def written(google, name: str) -> list[str]:
    """What was written into a secret, version by version, by whichever test."""
    return google.written[f"projects/{PROJECT}/secrets/dela-{name}"]


def version_of(name: str) -> str:
    return f'google_secret_manager_secret_version.this["{name}"]'


def test_a_second_apply_changes_nothing(living):
    done = living.run("plan", "-detailed-exitcode")

    assert (done.code, "No changes." in done.output) == (0, True), done.output


def test_an_apply_that_broke_off_is_continued(infra, google, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(google, "fails", "google_cloudfunctions2_function")
        broken = infra.apply()
    before = {secret: len(versions) for secret, versions in google.written.items()}

    done = infra.apply()

    assert (broken.code, "Google is away" in broken.said, done.code) == (1, True, 0)
    assert {secret: len(versions) for secret, versions in google.written.items()} == before, "nothing is written twice"
    assert set(infra.state().functions) == set(targets(ROOT / "functions" / "main.py"))


def test_no_secret_is_in_the_state_or_in_a_plan(living):
    living.plan(link_keys=[OLDER_KEY, KEY], link_keys_version=2)
    texts = [(living.folder / "terraform.tfstate").read_text(), living.run("show", "-json", "planned").output]
    with ZipFile(living.folder / "planned") as planned:
        texts += [planned.read(name).decode("latin1") for name in planned.namelist()]

    for secret in (KEY, OLDER_KEY, IDENTITY_KEY, PASSWORD, "p%40ss", VARIABLES["mail_user"]):
        assert not any(secret in text or json.dumps(secret)[1:-1] in text for text in texts), secret


def test_the_secrets_are_written_as_the_program_reads_them(living, google):
    account = urlsplit(written(google, "mail")[0])

    assert written(google, "link-keys")[0] == KEY
    assert written(google, "identity-key")[0] == IDENTITY_KEY
    assert (account.scheme, account.hostname, account.port) == ("smtp", "mail.example.org", 587)
    assert unquote(account.username or "") == VARIABLES["mail_user"]
    assert unquote(account.password or "") == PASSWORD


def test_a_new_archive_redeploys_all_functions_and_nothing_else(living):
    living.write("dela.zip", "another archive")

    assert living.plan().changes == {**EVERY_FUNCTION, "google_storage_bucket_object.archive": NEW_BEFORE_OLD}


def test_a_setting_redeploys_the_functions_and_nothing_else(living):
    assert living.plan(forum_minutes=40).changes == EVERY_FUNCTION


def test_a_secret_that_is_given_anew_is_written_only_with_its_version(living):
    assert living.plan(link_keys=[OLDER_KEY]).changes == {}


def test_keys_of_links_are_changed_in_two_steps_with_both_valid_in_between(living, google):
    first = living.plan(link_keys=["n" * 40, KEY], link_keys_version=2)
    assert first.changes == {**EVERY_FUNCTION, version_of("link-keys"): NEW_BEFORE_OLD}
    assert living.apply().code == 0
    assert written(google, "link-keys")[-1] == f"{'n' * 40},{KEY}"
    bound = {
        secret["version"]
        for config in living.state().functions.values()
        for secret in config["secret_environment_variables"]
        if secret["key"] == "DELA_SECRET_KEYS"
    }
    assert len(bound) == 1
    assert bound != {"1"}

    second = living.plan(link_keys=["n" * 40], link_keys_version=3)
    assert second.changes == {**EVERY_FUNCTION, version_of("link-keys"): NEW_BEFORE_OLD}


def test_another_mail_server_is_written_without_being_asked_for(living):
    changes = living.plan(mail_server="smtps://other.example.org:465").changes

    assert changes == {**EVERY_FUNCTION, version_of("mail"): NEW_BEFORE_OLD}


@pytest.mark.parametrize(
    ("variables", "made"),
    [
        ({"backup_days": 7}, {"google_firestore_backup_schedule.daily[0]": ["create"]}),
        ({"point_in_time_recovery": True}, {"google_firestore_database.forum": ["update"]}),
        (
            {"alerts": True, "budget_mail": "karin@example.org"},
            {
                "google_monitoring_alert_policy.workers[0]": ["create"],
                "google_monitoring_notification_channel.mail[0]": ["create"],
                "google_billing_budget.forum[0]": ["update"],
            },
        ),
        ({"budget": 0}, {"google_billing_budget.forum[0]": ["delete"]}),
    ],
    ids=lambda each: "-".join(each),
)
def test_what_costs_money_is_one_variable_each(living, variables, made):
    assert living.plan(**variables).changes == made


def test_a_destroy_refuses_before_it_has_deleted_anything(living):
    before = living.run("state", "list").output

    done = living.run("destroy", "-auto-approve")

    assert done.code != 0
    assert "apply with delete_data = true first" in done.said
    assert living.run("state", "list").output == before


def test_a_destroy_that_was_told_so_leaves_nothing(living):
    living.say(delete_data=True)
    assert living.apply().code == 0

    done = living.run("destroy", "-auto-approve")

    assert done.code == 0, done.output
    assert living.run("state", "list").output == ""
