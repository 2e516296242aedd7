from datetime import timedelta

import pytest

from dela.duties.run_duties import plan_mails
from dela.mailing import lease
from dela.mailing.ledger import LEASE, SKEW, AudiencePage
from dela.store.contract import Query
from tests.support.forum import START

DAY = timedelta(days=1)


@pytest.fixture
def page(forum) -> AudiencePage:
    meeting = forum.meeting()
    forum.crowd(meeting, 2)
    forum.at(START - DAY + timedelta(minutes=5))
    plan_mails(forum.ports, forum.now)
    return forum.ports.store.query(AudiencePage, Query())[0]


@pytest.mark.parametrize("earlier", [timedelta(microseconds=1), timedelta(seconds=30), SKEW])
def test_who_looked_at_the_clock_before_the_other_but_came_after_it_gets_no_lease(forum, page, earlier):
    """Two calls begin at about the same time, one waits for the store: seen in the cloud, where both sent the page."""
    assert lease.take(forum.ports.store, AudiencePage, page.id, forum.now) is not None

    assert lease.take(forum.ports.store, AudiencePage, page.id, forum.now - earlier) is None


def test_a_lease_ends_by_the_clock_and_one_of_a_clock_that_was_far_ahead_holds_nothing_up(forum, page):
    store, now = forum.ports.store, forum.now
    assert lease.take(store, AudiencePage, page.id, now) is not None

    assert lease.take(store, AudiencePage, page.id, now + LEASE - timedelta(microseconds=1)) is None
    assert lease.take(store, AudiencePage, page.id, now + LEASE) is not None
    assert lease.take(store, AudiencePage, page.id, now + LEASE - SKEW - timedelta(microseconds=1)) is not None
