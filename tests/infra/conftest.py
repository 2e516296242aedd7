"""Terraform, the stand-in, and copies of infra/ in several states, made once."""

from collections.abc import Iterator

import pytest

from tests.infra.protocol import serving
from tests.infra.standin import StandIn
from tests.infra.terraform import Infra, Plan, found, program
from tests.support.missing import IN_CI

NEED_TERRAFORM = ["test_broken.py", "test_life.py", "test_plan.py", "test_terraform.py"]
collect_ignore = [] if IN_CI or found() else NEED_TERRAFORM
"""Where there is none, test_there.py says so, once for all of them."""


@pytest.fixture(scope="session")
def google() -> StandIn:
    return StandIn()


@pytest.fixture(scope="session")
def provider(google) -> Iterator[dict[str, str]]:
    with serving(google) as attached:
        yield attached


@pytest.fixture(scope="session")
def fresh(tmp_path_factory, provider) -> Infra:
    """A copy in which nothing was applied. Tests take a twin of it."""
    return Infra.copied(tmp_path_factory.mktemp("infra") / "fresh", program(), provider)


@pytest.fixture(scope="session")
def plan(fresh) -> Plan:
    """What is planned for an empty project."""
    return fresh.plan()


@pytest.fixture(scope="session")
def applied(tmp_path_factory, fresh) -> Infra:
    """A copy that was applied. Tests take a twin of it."""
    infra = fresh.twin(tmp_path_factory.mktemp("infra") / "applied")
    done = infra.apply()
    assert done.code == 0, done.output
    return infra


@pytest.fixture(scope="session")
def made(applied) -> Plan:
    """What is there after an apply."""
    return applied.state()


@pytest.fixture
def infra(fresh, tmp_path) -> Infra:
    return fresh.twin(tmp_path / "infra")
