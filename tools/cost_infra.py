"""What stands in the cloud all the time, read from infra/: so that the bill and what is built can't differ.

Read as text, because `make cost` has to work without Terraform; a test compares it with what Terraform plans.
"""

import re
from pathlib import Path

from tools.package import ROOT, archive

INFRA = ROOT / "infra"
IMAGE_GB = 0.2
"""One function's image: what the buildpack makes of Python and the locked requirements, compressed (an estimate)."""
BUILD_MINUTES = 3.0
"""How long Google builds one function (an estimate)."""
DEPLOYMENTS = 4
"""How often in a month everything is built anew (an estimate, and a high one)."""
DOCUMENT_KIB, DOCUMENTS = 2.0, 7
"""One document with its index entries, and how many each person at a meeting leaves for a while (estimates)."""
MEETINGS = 4


def names(file: str, local: str) -> list[str]:
    """The keys of a map among the locals of a file of infra/."""
    text = (INFRA / file).read_text()
    found = re.search(rf"^  {local} = \{{\n(.*?)^  \}}", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"{file} has no map {local}")
    return re.findall(r"^    ([\w-]+) +=", found[1], re.MULTILINE)


def number(file: str, argument: str) -> int:
    """A number that stands in a file of infra/."""
    found = re.search(rf"^ +{argument} += (\d+)$", (INFRA / file).read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"{file} says no {argument}")
    return int(found[1])


def standing(size: int, folder: Path = ROOT) -> dict[str, float]:
    """What is there all the time, or done every month, with so many attendees at each meeting.

    Of the archive Google keeps one copy for each function beside ours.
    """
    functions = len(names("functions.tf", "functions"))
    return {
        "images": IMAGE_GB * functions * number("images.tf", "keep_count"),
        "jobs": len(names("schedule.tf", "schedule")),
        "secrets": len(names("secrets.tf", "secrets")),
        "builds": BUILD_MINUTES * functions * DEPLOYMENTS,
        "files": len(archive(folder)) / 10**9 * (1 + functions),
        "documents": size * MEETINGS * DOCUMENTS * DOCUMENT_KIB / 2**20,
    }
