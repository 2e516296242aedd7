"""What Terraform would make in an empty project: who may do what, what it costs, what the functions are told."""

import json
import re
from collections import Counter

import functions_framework
import pytest

from dela.queue.cloud_tasks import DISPATCH_SECONDS
from dela.settings import Settings, variable
from dela.wiring import refuse_half_a_cloud
from tests.infra.rules import PROJECT_NUMBER
from tests.infra.terraform import INFRA, PROJECT
from tests.support.process import ROOT
from tools.cost_prices import PRICES
from tools.package import targets

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform, life")]

README = (ROOT / "README.md").read_text().split("\n## What runs\n", 1)[1].split("\n## ", 1)[0]
CALLED_BY = dict(re.findall(r"^\| (\w+) \| ([^|]+?) \|", README, re.MULTILINE)[1:])
PUBLIC = {name for name, caller in CALLED_BY.items() if caller.startswith("anyone")}
SCHEDULED = {name for name, caller in CALLED_BY.items() if caller.startswith("the schedule")}
ACCOUNTS = {
    f"dela-{name}@{PROJECT}.iam.gserviceaccount.com": name for name in ("public", "duty", "sender", "caller", "build")
}
KIND = {"reminders": "duty", "retention": "duty", "delivery": "sender"} | dict.fromkeys(PUBLIC, "public")
"""As whom each function runs. A new worker needs a decision."""
NOT_TOLD = {"PORT", "DELA_DATA_DIR", "DELA_TASKS_ENDPOINT", "FIRESTORE_EMULATOR_HOST"}
"""Settings that mean nothing in the cloud, or are for tests."""
OURS = {"DELA_BASE_URL", "DELA_STORE", "DELA_QUEUE", "DELA_DELIVERY_URL", "DELA_CALLER", "DELA_PROXIES"}
"""Settings whose value is what Terraform makes."""
SECRETS = {"DELA_SECRET_KEYS": "link-keys", "DELA_IDENTITY_KEY": "identity-key", "DELA_MAIL": "mail"}
NO_DEFAULT = {"DELA_MAIL_FROM", "DELA_COORDINATORS", "DELA_MAIL"}
"""Settings whose default of home is for the demo."""
FREE = {
    "artifact_registry_repository", "artifact_registry_repository_iam_member", "billing_budget",
    "cloud_run_service_iam_member", "cloud_scheduler_job", "cloud_tasks_queue", "cloud_tasks_queue_iam_member",
    "cloudfunctions2_function", "firestore_database", "firestore_index", "logging_project_exclusion",
    "project_iam_member", "project_service", "secret_manager_secret", "secret_manager_secret_iam_member",
    "secret_manager_secret_version", "service_account", "service_account_iam_member", "storage_bucket",
    "storage_bucket_object",
}  # fmt: skip
"""Types that cost nothing by being there, as far as the other tests bound how many and how."""
WORST_MONTH = 135
"""US dollars: what a flood of one public function that never ends could cost in computing. infra/README.md tells it."""


def who(member: str) -> str:
    return ACCOUNTS.get(member.removeprefix("serviceAccount:"), member)


def grants(made) -> Counter[tuple[str, str, str]]:
    """Every right that is given: to whom, which, on what."""
    on = {
        "google_artifact_registry_repository_iam_member": "repository",
        "google_cloud_run_service_iam_member": "service",
        "google_cloud_tasks_queue_iam_member": "name",
        "google_project_iam_member": "project",
        "google_secret_manager_secret_iam_member": "secret_id",
        "google_service_account_iam_member": "service_account_id",
    }
    told = [each for each in made.listed if "_iam_" in each["type"]]
    assert {each["type"] for each in told} == set(on)
    return Counter(
        (
            who(each["values"]["member"]),
            each["values"]["role"].removeprefix("roles/"),
            who(each["values"][on[each["type"]]].rsplit("/", 1)[-1]),
        )
        for each in told
    )


def environment_of(plan, name: str) -> dict[str, str]:
    """What a function is told, with something in the place of each secret."""
    config = plan.functions[name]
    secrets = {each["key"]: "a-secret-of-the-tests" for each in config["secret_environment_variables"]}
    if "DELA_MAIL" in secrets:
        secrets["DELA_MAIL"] = "smtp://user:password@mail.example.org:587"
    assert not set(secrets) & set(config["environment_variables"])
    return {**config["environment_variables"], **secrets}


# Which functions there are, and who gets at them.


def test_the_functions_are_those_of_the_program_and_of_the_readme(plan):
    functions = plan.all("cloudfunctions2_function")

    assert set(functions) == set(targets(ROOT / "functions" / "main.py")) == set(CALLED_BY) == set(KIND)
    for name, function in functions.items():
        build = function["build_config"][0]
        assert (function["name"], build["entry_point"]) == (name, name)
        assert build["environment_variables"] == {"GOOGLE_FUNCTION_SOURCE": "functions/main.py"}


def test_exactly_those_functions_are_public_that_the_readme_calls_so(made):
    open_doors = {
        name for name, config in made.functions.items() if config["ingress_settings"] != "ALLOW_INTERNAL_ONLY"
    }
    strangers = {on for (name, _, on) in grants(made) if name in ("allUsers", "allAuthenticatedUsers")}

    assert open_doors == strangers == PUBLIC


def test_nobody_has_a_right_that_is_not_listed_here(made):
    expected = {("allUsers", "run.invoker", name) for name in PUBLIC}
    expected |= {("caller", "run.invoker", name) for name in set(KIND) - PUBLIC}
    for account in ("public", "duty", "sender"):
        expected |= {
            (account, "datastore.user", PROJECT),
            (account, "cloudtasks.enqueuer", "mails"),
            (account, "iam.serviceAccountUser", "caller"),
            (account, "secretmanager.secretAccessor", "dela-link-keys"),
            (account, "secretmanager.secretAccessor", "dela-identity-key"),
        }
    expected |= {
        ("sender", "secretmanager.secretAccessor", "dela-mail"),
        ("build", "artifactregistry.writer", "dela"),
        ("build", "logging.logWriter", PROJECT),
        ("build", "storage.objectViewer", PROJECT),
    }

    assert grants(made) == Counter(expected)


def test_each_function_runs_as_the_account_of_its_kind_and_is_built_by_another(made):
    runs_as = {name: who(config["service_account_email"]) for name, config in made.functions.items()}
    builds = {each["build_config"][0]["service_account"] for each in made.all("cloudfunctions2_function").values()}

    assert runs_as == KIND
    assert [who(account.rsplit("/", 1)[-1]) for account in builds] == ["build"]
    assert set(made.all("service_account")) == set(ACCOUNTS.values())


def test_a_function_reads_only_the_secrets_that_its_account_may_read(made):
    may = {(name, on) for (name, role, on) in grants(made) if role == "secretmanager.secretAccessor"}

    for name, config in made.functions.items():
        for each in config["secret_environment_variables"]:
            assert each["secret"] == f"dela-{SECRETS[each['key']]}"
            assert (KIND[name], each["secret"]) in may
    senders = {
        n for n, c in made.functions.items() for s in c["secret_environment_variables"] if s["key"] == "DELA_MAIL"
    }
    assert senders == {"delivery"}


# What calls them by itself.


def test_the_schedule_calls_what_the_readme_says_with_the_callers_token(plan):
    jobs = plan.all("cloud_scheduler_job")

    assert set(jobs) == SCHEDULED
    assert {name: job["schedule"] for name, job in jobs.items()} == {
        "reminders": "*/15 * * * *",
        "retention": "20 2 * * *",
    }
    for name, job in jobs.items():
        (target,) = job["http_target"]
        (token,) = target["oidc_token"]
        (retry,) = job["retry_config"]
        assert target["http_method"] == "POST"
        assert target["uri"] == token["audience"] == f"https://{name}-{PROJECT_NUMBER}.europe-west1.run.app"
        assert who(token["service_account_email"]) == "caller"
        assert job["time_zone"] == "Etc/UTC"
        assert 1 <= retry["retry_count"] <= 5
        assert job["attempt_deadline"] == f"{plan.functions[name]['timeout_seconds']}s"


def test_the_queue_repeats_with_growing_pauses_and_asks_for_no_more_than_the_sender_can_do(plan):
    queue = plan.only("cloud_tasks_queue")
    (retry,), (rates,) = queue["retry_config"], queue["rate_limits"]
    sender = plan.functions["delivery"]

    assert 1 < retry["max_attempts"] <= 20
    assert int(retry["min_backoff"][:-1]) * 2 ** retry["max_doublings"] <= int(retry["max_backoff"][:-1])
    assert retry["max_doublings"] >= 3
    assert (
        rates["max_concurrent_dispatches"] == sender["max_instance_count"] * sender["max_instance_request_concurrency"]
    )
    assert rates["max_dispatches_per_second"] <= 50
    assert sender["timeout_seconds"] == DISPATCH_SECONDS


# What it costs.


def test_nothing_is_made_that_costs_by_being_there(plan):
    made = {name.removeprefix("google_") for name in plan.resources if name.startswith("google_")}

    assert made <= FREE
    assert len(plan.all("cloud_scheduler_job")) <= PRICES["jobs"].free
    assert 2 * len(plan.all("secret_manager_secret_version")) <= PRICES["secrets"].free, "also while all are replaced"
    assert all(secret["replication"][0]["auto"] for secret in plan.all("secret_manager_secret").values())
    database = plan.only("firestore_database")
    assert database["name"] == "(default)", "the only one that is free"
    assert database["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_DISABLED"
    assert plan.only("storage_bucket")["soft_delete_policy"][0]["retention_duration_seconds"] == 0
    assert not plan.only("storage_bucket")["versioning"]
    for config in plan.functions.values():
        assert config["min_instance_count"] == 0
        assert not config["vpc_connector"]


def test_of_each_function_one_image_is_kept(plan):
    repository = plan.only("artifact_registry_repository")
    policies = {policy["action"]: policy for policy in repository["cleanup_policies"]}

    assert repository["cleanup_policy_dry_run"] is False
    assert set(policies) == {"KEEP", "DELETE"}
    assert policies["KEEP"]["most_recent_versions"][0]["keep_count"] == 1
    assert policies["DELETE"]["condition"][0]["tag_state"] == "ANY"


def test_a_flood_that_never_ends_costs_no_more_than_is_told(plan):
    second = PRICES["cpu"].usd + 0.25 * PRICES["memory"].usd
    month = 31 * 24 * 3600
    worst = [plan.functions[name]["max_instance_count"] * month * second for name in PUBLIC]

    assert {config["available_memory"] for config in plan.functions.values()} == {"256M"}
    assert {config["available_cpu"] for config in plan.functions.values()} == {"1"}
    assert max(worst) <= WORST_MONTH
    assert f"{WORST_MONTH} US dollars" in " ".join((INFRA / "README.md").read_text().split())


def test_each_function_has_a_thread_for_each_request_that_it_is_given(plan):
    for config in plan.functions.values():
        assert config["environment_variables"]["THREADS"] == str(config["max_instance_request_concurrency"])
        assert config["available_cpu"] == "1", "less takes one request at a time"
        assert config["max_instance_count"] * config["max_instance_request_concurrency"] <= 16


def test_the_framework_leaves_the_logs_as_they_are(plan, monkeypatch):
    for config in plan.functions.values():
        monkeypatch.setenv("LOG_EXECUTION_ID", config["environment_variables"]["LOG_EXECUTION_ID"])
        assert not functions_framework._enable_execution_id_logging()


def test_a_budget_tells_of_this_project_only(plan):
    budget = plan.only("billing_budget")

    assert budget["budget_filter"][0]["projects"] == [f"projects/{PROJECT_NUMBER}"]
    assert [rule["threshold_percent"] for rule in budget["threshold_rules"]] == [0.5, 1, 2]


# What the functions are told.


@pytest.mark.parametrize("name", sorted(KIND))
def test_a_function_finds_all_that_it_needs(plan, name):
    settings = Settings.from_environment(environment_of(plan, name))

    refuse_half_a_cloud(settings)
    assert settings.proxies == 1
    assert settings.project == PROJECT
    assert settings.queue == f"cloudtasks://{PROJECT}/europe-west1/mails"
    assert settings.delivery_url == f"https://delivery-{PROJECT_NUMBER}.europe-west1.run.app"
    assert who(settings.caller) == "caller"


def test_the_defaults_are_those_of_the_program(plan):
    settings, defaults = Settings.from_environment(environment_of(plan, "delivery")), Settings()
    compared = [f for f in Settings.model_fields if variable(f) not in NOT_TOLD | OURS | NO_DEFAULT | set(SECRETS)]

    assert len(compared) >= 16
    assert {f: getattr(settings, f) for f in compared} == {f: getattr(defaults, f) for f in compared}


def test_every_setting_of_the_program_can_be_set(infra):
    plan = infra.plan(
        origins=["https://www.example.org"], coordinator_phone="+46 63 555 01 00", mail_rate=30, proxies=2,
        forum_municipalities=["Vik", "Ås"], forum_reminders=["P3D", "PT30M"], forum_minutes=40, forum_language="en",
        forum_subject="food", base_url="https://dela.example.org",
    )  # fmt: skip
    environment = environment_of(plan, "delivery")
    settings = Settings.from_environment(environment)

    assert (
        set(environment) - {"THREADS", "LOG_EXECUTION_ID"}
        == {variable(field) for field in Settings.model_fields} - NOT_TOLD
    )
    assert (settings.municipalities, settings.minutes, settings.language) == (("Vik", "Ås"), 40, "en")
    assert [offset.total_seconds() for offset in settings.reminders] == [3 * 86400, 1800]
    assert (settings.mail_rate, settings.proxies, settings.base_url) == (30, 2, "https://dela.example.org")
    assert plan.told["planned_values"]["outputs"]["first_page"]["value"] == "https://dela.example.org/signup"


# The rest.


def test_the_indexes_are_those_that_the_documents_declare(plan):
    manifest = json.loads((INFRA / "firestore.indexes.json").read_text())
    declared = [
        (index["collectionGroup"], index["queryScope"], [(f["fieldPath"], f["order"]) for f in index["fields"]])
        for index in manifest["indexes"]
    ]
    made = [
        (index["collection"], index["query_scope"], [(f["field_path"], f["order"]) for f in index["fields"]])
        for index in plan.all("firestore_index").values()
    ]

    assert sorted(made) == sorted(declared)
    assert manifest["fieldOverrides"] == [], "Terraform reads none"


def test_the_data_are_protected_twice(plan):
    database = plan.only("firestore_database")

    assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    assert database["deletion_policy"] == "PREVENT"
    assert all(secret["deletion_protection"] for secret in plan.all("secret_manager_secret").values())
    versions = plan.all("secret_manager_secret_version")
    assert {name for name, each in versions.items() if each["deletion_policy"] == "ABANDON"} == {"identity-key"}


def test_the_archive_is_named_by_its_content_and_nobodys_to_read(plan):
    bucket, archive = plan.only("storage_bucket"), plan.only("storage_bucket_object")

    assert re.fullmatch(r"dela-[0-9a-f]{64}\.zip", archive["name"])
    assert bucket["public_access_prevention"] == "enforced"
    assert bucket["uniform_bucket_level_access"] is True
    (rule,) = bucket["lifecycle_rule"]
    assert rule["action"][0]["type"] == "AbortIncompleteMultipartUpload", "the archive itself never gets too old"


def test_requests_whose_paths_are_links_are_not_logged(plan):
    told = plan.only("logging_project_exclusion")["filter"]

    assert 'log_id("run.googleapis.com/requests")' in told
    assert set(re.findall(r'"(\w+)"', told.split("service_name=")[1])) == PUBLIC


def test_everything_bears_the_forums_label(plan):
    settings = plan.told["configuration"]["provider_config"]["google"]["expressions"]

    assert settings["default_labels"]["constant_value"] == {"app": "dela"}


def test_the_outputs_say_where_everything_is(plan):
    told = {name: each.get("value") for name, each in plan.told["planned_values"]["outputs"].items()}
    base = f"https://europe-west1-{PROJECT}.cloudfunctions.net"

    assert told["first_page"] == f"{base}/signup"
    assert told["meetings"] == f"{base}/signup/meetings.json"
    assert told["public"] == {name: f"{base}/{name}" for name in PUBLIC}
    assert set(told["workers"]) == set(KIND) - PUBLIC
    assert who(told["caller"]) == "caller"
    assert told["settings"]["DELA_BASE_URL"] == base
