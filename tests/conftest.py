"""What all tests share: an environment of their own, and a forum on a temporary folder."""

import logging
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.support.emulator import emulator, firestore_project  # noqa: F401  (fixtures, by being here)
from tests.support.forum import Forum
from tests.support.missing import missing


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DELA_") or name in ("PORT", "FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_handler_outlives_its_test() -> Iterator[None]:
    """It would write each later line into a stream that is closed, and logging would print a traceback for it."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    left = [handler for handler in root.handlers if handler not in before]
    for handler in left:
        root.removeHandler(handler)
    assert not left, "a test bound the logs of its process"


@pytest.fixture
def forum(tmp_path) -> Iterator[Forum]:
    forum = Forum(tmp_path)
    yield forum
    forum.close()


@pytest.fixture(scope="session")
def tool():
    """The path of a program, or a skip."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(name)
        return path

    return find
