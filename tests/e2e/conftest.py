"""The two homes of Dela, each started once for all journeys."""

import json
from collections.abc import Iterator
from secrets import token_hex

import pytest

from tests.support.exhibits import browser, galleries, mails, pages, seen  # noqa: F401  (fixtures, by being here)
from tests.support.home_cloud import InCloud
from tests.support.home_serve import AtHome
from tests.support.homes import Home

HOMES = (
    pytest.param("at_home", id="at home"),
    pytest.param("in_cloud", id="in the cloud", marks=pytest.mark.firestore),
)


@pytest.fixture(scope="session")
def at_home(tmp_path_factory) -> Iterator[AtHome]:
    home = AtHome(tmp_path_factory.mktemp("at-home"))
    yield home
    home.close()


@pytest.fixture(scope="session")
def in_cloud(emulator, tmp_path_factory) -> Iterator[InCloud]:
    home = InCloud(tmp_path_factory.mktemp("in-cloud"), emulator, f"dela-{token_hex(6)}").start()
    yield home
    home.close()


@pytest.fixture
def cloud(in_cloud) -> Iterator[InCloud]:
    """The cloud alone, for what only it has."""
    yield from _watched(in_cloud)


@pytest.fixture(params=HOMES)
def home(request) -> Iterator[Home]:
    yield from _watched(request.getfixturevalue(request.param))


def _watched(home: Home) -> Iterator[Home]:
    """The home as new; afterwards nothing may have gone wrong in its processes, and nobody may stand in their log."""
    home.fresh()
    yield home
    said = home.output()
    assert "Traceback" not in said
    assert '"severity": "ERROR"' not in said
    assert " error " not in said
    assert not [secret for secret in home.secrets if secret in said or json.dumps(secret)[1:-1] in said]
