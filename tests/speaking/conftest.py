"""A forum whose coordinators are warned, with the year's meetings."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.forum import NOW, START, Forum

EARLY = NOW - timedelta(days=60)
"""With all the time that an invitation may take."""


@pytest.fixture
def forum(tmp_path) -> Iterator[Forum]:
    forum = Forum(tmp_path, warns=True)
    forum.at(EARLY)
    yield forum
    forum.close()


@pytest.fixture
def meeting(forum):
    return forum.meeting()


@pytest.fixture
def later(forum, meeting):
    return forum.meeting(START + timedelta(days=90))
