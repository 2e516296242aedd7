"""What the provider refuses, replaces and fills in that its schema does not say.

Read from the provider's documentation (registry.terraform.io/providers/hashicorp/google, version 8), for the types and
arguments that infra/ uses. What only Google itself knows (quotas, permissions, names that are taken) is not here.
"""

from dataclasses import dataclass, field

MEMBER = (
    r"allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|principal|principalSet):.+",
    "user:ADDRESS, serviceAccount:ADDRESS or the like",
)
SECONDS = (r"\d+(\.\d+)?s", "seconds, such as 180s")
PROJECT_NUMBER = "123456789012"


@dataclass(frozen=True)
class Rules:
    """What is true of one type. A path is a name, or BLOCK.NAME.

    `replaced_by`: arguments whose change makes it anew. `shapes`: by path a pattern and how it is told. `ranges`: by
    path the least and the greatest. `one_of`: by block ("" for the top) names of which exactly one is given;
    `together`: names that are given all or none. `filled`: by path what the provider fills in, from the other values;
    `foreseen`: those that it knows when it plans. `sensitive`: arguments that are not shown.
    """

    replaced_by: tuple[str, ...] = ()
    shapes: dict[str, tuple[str, str]] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    together: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filled: dict[str, str] = field(default_factory=dict)
    foreseen: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()


def _grant(*on: str) -> Rules:
    return Rules(
        replaced_by=(*on, "role", "member"),
        shapes={
            "member": MEMBER,
            "role": (r"roles/.+|(projects|organizations)/.+/roles/.+", "a role such as roles/run.invoker"),
        },
    )


RULES = {
    "google_artifact_registry_repository": Rules(
        replaced_by=("location", "repository_id", "format"),
        filled={
            "id": "projects/{project}/locations/{location}/repositories/{repository_id}",
            "name": "{repository_id}",
        },
    ),
    "google_artifact_registry_repository_iam_member": _grant("location", "repository"),
    "google_billing_budget": Rules(
        replaced_by=("billing_account",),
        ranges={"threshold_rules.threshold_percent": (0, 1000)},
        one_of=(("amount", ("specified_amount", "last_period_amount")),),
    ),
    "google_cloud_run_service_iam_member": _grant("location", "service"),
    "google_cloud_scheduler_job": Rules(
        replaced_by=("name", "region"),
        shapes={
            "attempt_deadline": SECONDS,
            "retry_config.min_backoff_duration": SECONDS,
            "retry_config.max_backoff_duration": SECONDS,
        },
        ranges={"retry_config.retry_count": (0, 5)},
        one_of=(("", ("app_engine_http_target", "http_target", "pubsub_target")),),
    ),
    "google_cloud_tasks_queue": Rules(
        replaced_by=("name", "location"),
        shapes={"retry_config.min_backoff": SECONDS, "retry_config.max_backoff": SECONDS},
        filled={"id": "projects/{project}/locations/{location}/queues/{name}"},
    ),
    "google_cloud_tasks_queue_iam_member": _grant("location", "name"),
    "google_cloudfunctions2_function": Rules(
        replaced_by=("name", "location"),
        filled={
            "id": "projects/{project}/locations/{location}/functions/{name}",
            "url": "https://{location}-{project}.cloudfunctions.net/{name}",
            "state": "ACTIVE",
        },
    ),
    "google_firestore_backup_schedule": Rules(
        replaced_by=("database",),
        shapes={"retention": SECONDS},
        one_of=(("", ("daily_recurrence", "weekly_recurrence")),),
    ),
    "google_firestore_database": Rules(
        replaced_by=("name", "location_id"), filled={"id": "projects/{project}/databases/{name}"}
    ),
    "google_firestore_index": Rules(
        replaced_by=("database", "collection", "query_scope", "fields"),
        one_of=(("fields", ("order", "array_config", "vector_config")),),
    ),
    "google_logging_project_exclusion": Rules(
        replaced_by=("name",), filled={"id": "projects/{project}/exclusions/{name}"}
    ),
    "google_monitoring_notification_channel": Rules(filled={"id": "projects/{project}/notificationChannels/1"}),
    "google_project_iam_member": _grant("project"),
    "google_project_service": Rules(
        replaced_by=("service",),
        shapes={"service": (r"[a-z0-9-]+(\.[a-z0-9-]+)+", "a whole name, such as run.googleapis.com")},
    ),
    "google_secret_manager_secret": Rules(
        replaced_by=("secret_id", "replication"),
        one_of=(("replication", ("auto", "user_managed")),),
        filled={"id": "projects/{project}/secrets/{secret_id}", "name": "projects/{project}/secrets/{secret_id}"},
    ),
    "google_secret_manager_secret_iam_member": _grant("secret_id"),
    "google_secret_manager_secret_version": Rules(
        replaced_by=("secret", "secret_data", "secret_data_wo_version"),
        one_of=(("", ("secret_data", "secret_data_wo")),),
        together=(("", ("secret_data_wo", "secret_data_wo_version")),),
        filled={"name": "{secret}/versions/{count}", "id": "{secret}/versions/{count}", "version": "{count}"},
        sensitive=("secret_data", "secret_data_wo"),
    ),
    "google_service_account": Rules(
        replaced_by=("account_id",),
        shapes={"account_id": (r"[a-z]([-a-z0-9]{4,28}[a-z0-9])", "6 to 30 small letters, digits and hyphens")},
        filled={
            "email": "{account_id}@{project}.iam.gserviceaccount.com",
            "member": "serviceAccount:{account_id}@{project}.iam.gserviceaccount.com",
            "id": "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
            "name": "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
        },
        foreseen=("email", "member"),
    ),
    "google_service_account_iam_member": _grant("service_account_id"),
    "google_storage_bucket": Rules(
        replaced_by=("name", "location"),
        shapes={"name": (r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", "3 to 63 small letters, digits, dots, hyphens")},
        filled={"id": "{name}", "url": "gs://{name}"},
    ),
    "google_storage_bucket_object": Rules(
        replaced_by=("bucket", "name"), one_of=(("", ("content", "source")),), filled={"id": "{bucket}-{name}"}
    ),
}
DATA = {
    "google_project": {"number": PROJECT_NUMBER, "id": "projects/{project_id}", "name": "{project_id}"},
}
