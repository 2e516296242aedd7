"""What Google lists: allowances and prices, each with its source and the day on which it was read."""

from dataclasses import dataclass
from datetime import date

READ = date(2026, 11, 23)
SEARCHED = date(2026, 11, 24)
READ_LAST = date(2026, 11, 25)
DAY, MONTH = "day", "month"


@dataclass(frozen=True)
class Price:
    """`usd` for `per` units beyond `free` units in each `period` ("day" or "month")."""

    unit: str
    usd: float
    per: float
    free: float
    period: str
    source: str
    read: date = READ


RUN = "cloud.google.com/run/pricing (request-based, tier 1: europe-west1)"
FIRESTORE_FREE = "docs.cloud.google.com/firestore/quotas"
FIRESTORE = f"{FIRESTORE_FREE}; the price from copies of firebase.google.com/docs/firestore/pricing (multi-region)"
STORAGE = "cloud.google.com/storage/pricing"

PRICES = {
    "reads": Price("reads", 0.06, 100_000, 50_000, DAY, FIRESTORE, SEARCHED),
    "writes": Price("writes", 0.18, 100_000, 20_000, DAY, FIRESTORE, SEARCHED),
    "deletes": Price("deletes", 0.02, 100_000, 20_000, DAY, FIRESTORE, SEARCHED),
    "invocations": Price("requests", 0.40, 1_000_000, 2_000_000, MONTH, RUN),
    "cpu": Price("vCPU-s", 0.000024, 1, 180_000, MONTH, RUN),
    "memory": Price("GiB-s", 0.0000025, 1, 360_000, MONTH, RUN),
    "egress": Price("GiB", 0.12, 1, 0, MONTH, f"{RUN}: from Europe nothing is free"),
    "tasks": Price("operations", 0.40, 1_000_000, 1_000_000, MONTH, "cloud.google.com/tasks/pricing"),
    "jobs": Price("jobs", 0.10, 1, 3, MONTH, "cloud.google.com/scheduler/pricing"),
    "images": Price("GB", 0.10, 1, 0.5, MONTH, "cloud.google.com/artifact-registry/pricing"),
    "secrets": Price("versions", 0.06, 1, 6, MONTH, "cloud.google.com/secret-manager/pricing"),
    "builds": Price("minutes", 0.006, 1, 2_500, MONTH, "cloud.google.com/build/pricing (e2-standard-2)", READ_LAST),
    "files": Price("GB", 0.02, 1, 0, MONTH, f"copies of {STORAGE} (europe-west1: nothing is free)", READ_LAST),
    "documents": Price("GiB", 0.18, 1, 1, MONTH, FIRESTORE, READ_LAST),
}
