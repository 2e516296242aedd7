"""Instances of `delivery` die at any moment while tasks come twice, late, in no order, or not at all."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

import psutil
import pytest

from dela.duties.run_duties import plan_mails
from dela.mailing import to_audience as audience
from dela.mailing.ledger import AudiencePage, Message
from dela.meetings.run_meetings import plan_meeting
from dela.store.contract import Query
from dela.store.identity import person_id
from tests.support.cloud_tasks import Faults
from tests.support.crowd import crowd
from tests.support.everything import documents
from tests.support.home_cloud import InCloud
from tests.support.process import until

pytestmark = [pytest.mark.slow, pytest.mark.firestore, pytest.mark.xdist_group("cloud")]

PEOPLE = 300
PAGE_SIZE = 12
AT_ONCE = 3
SOON_SECONDS = 10
"""Longer than any pause between two tries of the queue."""
KILLS = 5
DAY = timedelta(days=1)
LIES = Faults(twice=0.3, late=0.5, lost=0.3, answer_lost=0.2, away=0.2)


@pytest.fixture
def two(cloud) -> Iterator[InCloud]:
    """Two instances of `delivery`, and a queue that holds as many calls at once as it is told to."""
    cloud.start("delivery")
    before, cloud.tasks.dispatch.at_once = cloud.tasks.dispatch.at_once, AT_ONCE
    yield cloud
    cloud.tasks.dispatch.at_once = before
    cloud.tasks.faults = Faults()
    cloud.smtp.on_taken = lambda taken: None
    while len(cloud.front.instances["delivery"]) > 1:
        cloud.kill("delivery", cloud.front.instances["delivery"][-1])


def due_reminders(cloud: InCloud, people: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A meeting tomorrow whose reminder is due for so many people, planned in pages of a few; their addresses."""
    monkeypatch.setattr(audience, "PAGE_SIZE", PAGE_SIZE)
    now = datetime.now(UTC)
    meeting = plan_meeting(cloud.ports, now + DAY - timedelta(minutes=1), now)
    addresses = [each.email for each in crowd(cloud.ports, meeting, people, datetime.now(UTC))]
    plan_mails(cloud.ports, now)
    assert len(cloud.ports.store.query(AudiencePage, Query())) == people // PAGE_SIZE
    return addresses


def in_the_air(cloud: InCloud) -> set[str]:
    """Whose mail the server has taken without the ledger knowing, once it has read all that the dead had sent."""
    until(lambda: not conversations(cloud), telling=cloud.output)
    key = cloud.ports.settings.identity_key
    recorded = {message.person for message in documents(cloud.ports.store) if isinstance(message, Message)}
    return {mail.recipient for mail in cloud.mails if person_id(key, mail.recipient) not in recorded}


def conversations(cloud: InCloud) -> int:
    here = psutil.Process().net_connections("tcp")
    return sum(each.laddr.port == cloud.smtp.port and each.status != psutil.CONN_LISTEN for each in here)


def five_minutes_later(cloud: InCloud) -> None:
    """The leases of the dead have ended, those of the living are given back; whoever is left is woken."""
    cloud.tasks.dispatch.pause()
    now = datetime.now(UTC)
    for page in cloud.ports.store.query(AudiencePage, Query()):
        if page.held(now):
            ended = page.model_copy(update={"lease_until": now - timedelta(seconds=1)})
            cloud.ports.store.transact(lambda store, ended=ended: store.put(ended))
    cloud.tasks.dispatch.resume()
    cloud.front.call("reminders")


def kill_one_after(cloud: InCloud, mails: int, spare: int) -> None:
    """Kill an instance the moment that the server has taken so many mails more, before it can say so.

    Another takes its place. When this returns, nothing is on its way.
    """
    victim = cloud.front.instances["delivery"][0]
    cloud.front.instances["delivery"].append(spare)
    killed, group, enough = Event(), cloud.processes[victim].popen.pid, len(cloud.mails) + mails

    def kill(taken: object) -> None:
        if len(cloud.mails) > enough and not killed.is_set():
            os.killpg(group, signal.SIGKILL)
            killed.set()

    cloud.smtp.on_taken = kill
    five_minutes_later(cloud)
    until(lambda: killed.is_set() or nothing_happens(cloud), telling=cloud.output)
    cloud.smtp.on_taken = lambda taken: None
    cloud.kill("delivery", victim)
    cloud.tasks.dispatch.pause()


def nothing_happens(cloud: InCloud) -> bool:
    return cloud.tasks.dispatch.idle(SOON_SECONDS)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_everyone_gets_one_mail_and_only_what_was_in_the_air_is_repeated(two, monkeypatch, seed):
    random = Random(seed)
    spares = [two.launch("delivery") for _ in range(KILLS)]
    for spare in spares:
        two.processes[spare].answers(f"http://127.0.0.1:{spare}/robots.txt")
    two.tasks.faults = replace(LIES, seed=seed)
    two.tasks.dispatch.pause()
    two.tasks.dispatch.statuses.clear()
    addresses = due_reminders(two, PEOPLE, monkeypatch)
    lost_from_sight: set[str] = set()

    for spare in spares:
        kill_one_after(two, random.randint(0, 2 * PAGE_SIZE), spare)
        lost_from_sight |= in_the_air(two)
    for _ in range(20):
        if not two._due():
            break
        five_minutes_later(two)
        until(lambda: nothing_happens(two), telling=two.output)
    assert not two._due(), "all is done in the end"

    times = Counter(mail.recipient for mail in two.mails)
    assert set(times) == set(addresses)
    assert len({mail.message_id for mail in two.mails}) == PEOPLE, "what is repeated is the very same mail"
    assert {address for address, count in times.items() if count > 1} <= lost_from_sight
    assert in_the_air(two) == set()
    assert two.tasks.dispatch.statuses[503] > 0, "calls were cut off"


def test_much_is_worked_off_in_parallel_within_the_queues_rate(two, monkeypatch):
    two.tasks.dispatch.pause()
    two.tasks.dispatch.most_at_once = 0
    addresses = due_reminders(two, PEOPLE, monkeypatch)

    two.tasks.dispatch.resume()
    two.settle()

    assert two.tasks.dispatch.most_at_once == AT_ONCE
    assert sorted(mail.recipient for mail in two.mails) == sorted(addresses)
