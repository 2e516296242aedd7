"""What Terraform itself checks: the form, the files, and its own tests with a mocked provider."""

import re

import pytest

from tests.infra.terraform import INFRA, Infra, program

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform, broken")]


def test_the_files_are_in_terraforms_own_form():
    done = Infra(INFRA, program(), {}).run("fmt", "-check", "-diff", "-recursive")

    assert done.code == 0, done.output


def test_the_files_are_valid(fresh):
    done = fresh.run("validate")

    assert done.output.strip() == "Success! The configuration is valid.", "also no warning"


def test_its_own_tests_pass(infra):
    infra.write("terraform.tfvars.json", "{}")

    done = infra.run("test")

    runs = sum(len(re.findall(r"^run ", path.read_text(), re.MULTILINE)) for path in (INFRA / "tests").iterdir())
    assert done.code == 0, done.output
    assert f"Success! {runs} passed, 0 failed." in done.output
