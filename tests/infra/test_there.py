"""Terraform itself: there, new enough, or missed in one line."""

import re

import pytest

from tests.infra import terraform
from tests.infra.terraform import INFRA, OLDEST, program, version
from tests.support import missing


def test_terraform_is_there():
    assert version(program()) >= OLDEST


def test_the_oldest_that_will_do_is_the_one_that_the_files_ask_for():
    (asked,) = re.findall(r'required_version = ">= ([\d.]+)"', (INFRA / "versions.tf").read_text())

    assert tuple(int(part) for part in asked.split(".")) == OLDEST


@pytest.mark.parametrize("there", [None, "1.10.5"])
def test_without_it_the_tests_are_skipped_with_how_to_get_it_and_ci_fails(tmp_path, monkeypatch, there):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(terraform, "OURS", tmp_path / "none")
    if there:
        fake = tmp_path / "terraform"
        fake.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{there}"}}\'\n')
        fake.chmod(0o755)

    monkeypatch.setattr(missing, "IN_CI", False)
    with pytest.raises(pytest.skip.Exception, match="make terraform"):
        program()
    monkeypatch.setattr(missing, "IN_CI", True)
    with pytest.raises(pytest.fail.Exception, match="make terraform"):
        program()
