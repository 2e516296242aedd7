"""What is wrong with a configuration is refused, with words that help, before anything reaches Google."""

from dataclasses import dataclass

import pytest

from tests.infra.terraform import VARIABLES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform, broken")]


@dataclass(frozen=True)
class Broken:
    """A change to one file, and what Terraform has to say to it."""

    what: str
    file: str
    old: str
    new: str
    says: str


CHECKED = [
    Broken(
        "a mistyped argument", "functions.tf", "max_instance_count ", "max_instances_count ",
        'An argument named "max_instances_count" is not expected here. Did you mean "max_instance_count"?',
    ),
    Broken(
        "a text for a number", "functions.tf", "min_instance_count               = 0", 'min_instance_count = "none"',
        'Inappropriate value for attribute "min_instance_count": a number is required',
    ),
    Broken(
        "a text for a map", "versions.tf", 'default_labels = {\n    app = "dela"\n  }', 'default_labels = "dela"',
        'Inappropriate value for attribute "default_labels": map of string required',
    ),
    Broken(
        "an argument too few", "firestore.tf", "location_id                       = var.region", "",
        'The argument "location_id" is required, but no definition was found.',
    ),
    Broken(
        "a block too few", "secrets.tf", "replication {\n    auto {}\n  }", "",
        'At least 1 "replication" blocks are required.',
    ),
    Broken(
        "a block too many", "queue.tf", "rate_limits {", "rate_limits {}\n\n  rate_limits {",
        'No more than 1 "rate_limits" blocks are allowed',
    ),
    Broken(
        "a mistyped block", "archive.tf", "lifecycle_rule {", "life_cycle_rule {",
        'Blocks of type "life_cycle_rule" are not expected here. Did you mean "lifecycle_rule"?',
    ),
    Broken(
        "a block written as an argument", "queue.tf", "retry_config {", "retry_config = {",
        'An argument named "retry_config" is not expected here. Did you mean to define a block of type "retry_config"?',
    ),
    Broken(
        "what the provider decides", "functions.tf", "location    = var.region\n",
        'location    = var.region\n  url = "https://x.example.org"\n',
        "url is the provider's to decide",
    ),
    Broken(
        "an attribute that there is not", "settings.tf", '["caller"].email', '["caller"].mail',
        'This object has no argument, nested block, or exported attribute named "mail".',
    ),
    Broken(
        "a type that there is not", "queue.tf", '"google_cloud_tasks_queue" "', '"google_cloud_task_queue" "',
        'does not support resource type "google_cloud_task_queue". Did you mean "google_cloud_tasks_queue"?',
    ),
    Broken(
        "a function whose settings need a function", "settings.tf", 'local.run_app["delivery"]',
        'google_cloudfunctions2_function.this["delivery"].url',
        "Error: Cycle:",
    ),
    Broken(
        "a secret without a version", "secrets.tf", "secret_data_wo_version = each.value.version", "",
        "all or none of secret_data_wo, secret_data_wo_version has to be given; there is secret_data_wo",
    ),
    Broken(
        "an unknown kind of database", "firestore.tf", '"FIRESTORE_NATIVE"', '"NATIVE"',
        "expected one of FIRESTORE_NATIVE, DATASTORE_MODE, got NATIVE",
    ),
    Broken(
        "an archive from two places", "archive.tf", "source = var.archive", 'source = var.archive\n  content = "x"',
        "exactly one of content, source has to be given; there is content, source",
    ),
    Broken(
        "a member without its kind", "functions.tf", '"allUsers"', '"karin@example.org"',
        "expected user:ADDRESS, serviceAccount:ADDRESS or the like, got karin@example.org",
    ),
    Broken(
        "a role without its folder", "queue.tf", '"roles/cloudtasks.enqueuer"', '"cloudtasks.enqueuer"',
        "expected a role such as roles/run.invoker, got cloudtasks.enqueuer",
    ),
    Broken(
        "replication in both ways", "secrets.tf", "auto {}",
        'auto {}\n    user_managed {\n      replicas {\n        location = "x"\n      }\n    }',
        "exactly one of auto, user_managed has to be given; there is auto, user_managed",
    ),
]  # fmt: skip
"""What is refused by a look at the files."""

PLANNED = [
    Broken(
        "a secret that would lie in the state", "secrets.tf",
        "secret_data_wo         = local.secret_values[each.key]\n  secret_data_wo_version = each.value.version",
        "secret_data = local.secret_values[each.key]",
        'Ephemeral values are not valid for "secret_data", because it is not a write-only attribute',
    ),
    Broken(
        "an unknown ingress", "functions.tf", 'ingress     = "ALLOW_ALL"', 'ingress     = "ALLOW_EVERYBODY"',
        "expected one of ALLOW_ALL, ALLOW_INTERNAL_ONLY, ALLOW_INTERNAL_AND_GCLB, got ALLOW_EVERYBODY",
    ),
    Broken(
        "an unknown order of an index", "firestore.indexes.json", '"ASCENDING"', '"UPWARDS"',
        "expected one of ASCENDING, DESCENDING, got UPWARDS",
    ),
    Broken(
        "an index's field without an order", "firestore.tf", "try(fields.value.order, null)", "null",
        "exactly one of order, array_config, vector_config has to be given; there is none",
    ),
    Broken(
        "a name that no account may have", "accounts.tf", '"dela-${each.key}"', '"Dela_${each.key}"',
        "expected 6 to 30 small letters, digits and hyphens, got Dela_",
    ),
    Broken(
        "a service without its domain", "services.tf", "${each.key}.googleapis.com", "${each.key}",
        "expected a whole name, such as run.googleapis.com, got run",
    ),
    Broken(
        "a schedule that repeats too often", "schedule.tf", "retries = 2", "retries = 9",
        "expected 0 to 5, got 9",
    ),
    Broken(
        "a schedule with two targets", "schedule.tf", "http_target {",
        'pubsub_target {\n    topic_name = "x"\n  }\n\n  http_target {',
        "exactly one of app_engine_http_target, http_target, pubsub_target has to be given",
    ),
    Broken(
        "a deadline in minutes", "schedule.tf", "timeout}s", "timeout}m",
        "expected seconds, such as 180s, got 540m",
    ),
    Broken(
        "a kind of function that there is not", "functions.tf", 'join      = "public"', 'join      = "pubic"',
        "The given key does not identify an element in this collection value",
    ),
    Broken(
        "a schedule for no function", "schedule.tf", "retention = {", "retire = {",
        "The given key does not identify an element in this collection value",
    ),
    Broken(
        "a function whose name is too long", "functions.tf", 'join      = "public"', f'{"j" * 60} = "public"',
        "is too long: the function would not get the run.app address that its callers use",
    ),
]  # fmt: skip
"""What is refused when it is planned: what for_each goes through is not known before."""

WRONG = {
    "project": ("My Project", "project is a project's id, not its name or number"),
    "region": ("europe-west1-b", "region is one of Google's regions, such as europe-west1, and no zone of it"),
    "billing_account": ("my account", "billing_account looks like 012345-567890-ABCDEF"),
    "archive": ("no.zip", "There is no archive at that path: run `make package` first"),
    "runtime": ("python39", "runtime is python311 or newer"),
    "max_instances": (1000, "max_instances is 1 to 10: nothing but this bounds what a flood of requests costs"),
    "budget": (-1, "budget is a whole amount in the billing account's currency"),
    "budget_mail": ("Karin", "budget_mail is one mail address"),
    "backup_days": (365, "backup_days is 0 (none) to 98"),
    "base_url": ("http://dela.example.org/", "base_url begins with https:// and does not end in a slash"),
    "proxies": (0, "proxies is 1, or 2 or 3"),
    "database": ("Dela", "database is (default), or 4 to 63 small letters, digits and hyphens"),
    "queue": ("my mails", "queue is 1 to 100 letters, digits and hyphens"),
    "settle_seconds": (-1, "settle_seconds is 0 to 600"),
    "link_keys": (["short"], "link_keys are one or more keys of at least 32 characters"),
    "link_keys_version": (0, "link_keys_version is a whole number, raised by one"),
    "identity_key": ("short", "identity_key has at least 32 characters"),
    "mail_server": ("smtp://user:password@mail.example.org", "the account belongs into mail_user and mail_password"),
    "mail_password": ("", "mail_user and mail_password are both given, or both empty"),
    "mail_version": (1.5, "mail_version is a whole number, raised by one"),
    "mail_from": ("Dela", "mail_from is an address such as Dela <dela@example.org>"),
    "mail_rate": (-1, "mail_rate is a whole number of mails a minute"),
    "unproven_hour": (0, "unproven_hour is a whole number of mails"),
    "unproven_day": (0.5, "unproven_day is a whole number of mails"),
    "coordinators": ([], "coordinators are one or more mail addresses"),
    "coordinator_name": (" ", "coordinator_name stands in every mail"),
    "origins": (["www.example.org"], "origins are scheme and host and nothing after them"),
    "forum_name": ("", "forum_name stands on every page"),
    "forum_region": ("", "forum_region stands on every page"),
    "forum_municipalities": (["Berg, Åre"], "forum_municipalities are one or more names"),
    "forum_language": ("de", "forum_language is sv or en"),
    "forum_time_zone": ("CET", "forum_time_zone is a name of the IANA list"),
    "forum_minutes": (1000, "forum_minutes is 5 to 480"),
    "forum_speakers_min": (0, "forum_speakers_min is a whole number of people, at least 1"),
    "forum_reminders": (["7 days"], "forum_reminders are different times before the start, such as P7D"),
    "forum_keep_registrations_days": (0, "forum_keep_registrations_days is a whole number of days, at least 1"),
    "forum_keep_contacts_days": (0, "forum_keep_contacts_days is a whole number of days, at least 1"),
}  # fmt: skip
"""A value that can't be for each variable, and what is said to it."""
ALSO_WRONG = {
    "forum_speakers_max": (2, "forum_speakers_max is a whole number of people, not below forum_speakers_min"),
    "link_keys": (["k" * 40, "k" * 40], "link_keys names one key twice"),
    "mail_server": ("smtp://mail.example.org:25", "Google lets nothing out at port 25; use 587 or 465"),
    "forum_reminders": (["PT1H", "PT1H"], "forum_reminders are different times before the start"),
    "base_url": ("https://dela.example.org/", "base_url begins with https:// and does not end in a slash"),
}
ANYTHING_GOES = {"alerts", "point_in_time_recovery", "delete_data", "mail_user", "coordinator_phone", "forum_subject"}
"""Variables of which no value of their type is wrong."""


def break_it(infra, broken: Broken) -> None:
    path = infra.folder / broken.file
    text = path.read_text()
    assert broken.old in text, f"{broken.file} has changed: this breaks nothing any more"
    path.write_text(text.replace(broken.old, broken.new, 1))


@pytest.mark.parametrize("broken", CHECKED, ids=lambda broken: broken.what)
def test_a_check_refuses(infra, broken):
    break_it(infra, broken)

    done = infra.run("validate")

    assert done.code == 1
    assert broken.says.lower() in done.said.lower()


@pytest.mark.parametrize("broken", PLANNED, ids=lambda broken: broken.what)
def test_a_plan_refuses(infra, broken):
    break_it(infra, broken)

    done = infra.run("plan")

    assert done.code == 1
    assert broken.says in done.said


@pytest.mark.parametrize("wrong", [WRONG, ALSO_WRONG], ids=["wrong", "also wrong"])
def test_everything_that_is_wrong_with_the_variables_is_said_at_once(infra, wrong):
    infra.say(**{name: value for name, (value, _) in wrong.items()})

    done = infra.run("plan")

    assert done.code == 1
    assert [name for name, (_, says) in wrong.items() if says not in done.said] == []


def test_each_variable_that_can_be_wrong_was(plan):
    declared = set(plan.told["configuration"]["root_module"]["variables"])

    assert WRONG.keys() | ALSO_WRONG.keys() | ANYTHING_GOES == declared
    assert not (WRONG.keys() | ALSO_WRONG.keys()) & ANYTHING_GOES


def test_what_has_to_be_said_is_asked_for(infra):
    infra.write("terraform.tfvars.json", "{}")

    done = infra.run("plan")

    needed = set(VARIABLES) - {"archive", "settle_seconds"}
    assert done.code == 1
    assert {name for name in VARIABLES if f'The root module input variable "{name}" is not set' in done.said} == needed
