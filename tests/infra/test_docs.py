"""infra/ explains itself."""

import re

from tests.infra.terraform import INFRA
from tests.support.process import ROOT

FILES = {path.name: path.read_text() for path in sorted(INFRA.glob("*.tf"))}
README = (INFRA / "README.md").read_text()


def test_each_file_is_in_the_table_and_begins_with_what_it_makes():
    table = re.findall(
        r"[\w-]+\.tf\b", "".join(line.split("|")[1] for line in README.splitlines() if line.startswith("| "))
    )

    assert sorted(table) == sorted(FILES)
    assert [name for name, text in FILES.items() if not re.match(r"# \w.+\n", text)] == []


def test_each_variable_and_each_output_is_described_and_each_variable_has_a_type():
    blocks = [
        block
        for text in FILES.values()
        for block in re.findall(r'^(?:variable|output) "\w+" \{\n.*?^\}', text, re.MULTILINE | re.DOTALL)
    ]

    assert len(blocks) > 40
    assert [block for block in blocks if not re.search(r'^  description = "[^"]{8,}', block, re.MULTILINE)] == []
    assert [b for b in blocks if b.startswith("variable") and not re.search(r"^  type +=", b, re.MULTILINE)] == []


def test_what_has_to_be_said_is_what_the_readme_has_people_write():
    text = FILES["variables.tf"] + FILES["variables-forum.tf"]
    blocks = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL))
    needed = {name for name, block in blocks.items() if not re.search(r"^  default +=", block, re.MULTILINE)}
    written = set(re.findall(r"^    (\w+) +=", README, re.MULTILINE)) | set(re.findall(r"TF_VAR_(\w+)", README))

    assert written == needed


def test_state_and_variables_stay_out_of_the_tree_and_a_lock_file_is_a_real_one():
    """A lock file that was made with the stand-in would lack the sums of Google's provider."""
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    lock = INFRA / ".terraform.lock.hcl"

    assert {"infra/.terraform/", "*.tfstate*", "*.tfvars"} <= set(ignored)
    assert not lock.exists() or '"zh:' in lock.read_text()
