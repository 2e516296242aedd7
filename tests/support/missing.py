"""What happens to a test whose tool is not on this machine."""

import os
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI", "") not in ("", "false", "0")


def missing(what: str) -> NoReturn:
    """Skip a test for want of a tool; in CI that is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is missing, which CI does not excuse")
    pytest.skip(f"{what} is missing")
