"""A mail leaves exactly once, whatever happens to the processes that send it: against a real mail server.

Kill points are random, by a seed that is printed: DELA_CRASH_SEED=n repeats or changes them.
"""

import os
import random
import re
import signal
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import monotonic, sleep

import pytest

from dela.duties.run_duties import plan_mails
from dela.mailing import to_audience as audience
from dela.mailing.believing import vouch
from dela.mailing.ledger import LEASE, AudiencePage, Message, MessageState
from dela.mailing.wakeups import wakeup_key
from dela.store.contract import Query
from tests.support.forum import START, Forum
from tests.support.lives import nursery
from tests.support.process import dela, free_port, until
from tests.support.smtp_server import SmtpServer

DAY = timedelta(days=1)
BEYOND_THE_LEASE = LEASE + timedelta(seconds=2)
SEED = int(os.environ.get("DELA_CRASH_SEED", "9"))

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    with SmtpServer() as server:
        yield server


@contextmanager
def forum_in_lives(folder, server, **settings):
    """A forum that sends to `server`, and a nursery for processes that run it, a day before the meeting."""
    forum = Forum(folder, mail=server.url(), port=0, **settings)
    forum.at(START - DAY)
    with nursery(folder, forum.settings, forum.now) as lives:
        yield forum, lives
    forum.close()


def planned(forum, people: int) -> None:
    """So many people, whose reminders are due."""
    forum.crowd(forum.meeting(), people)
    plan_mails(forum.ports, forum.now)


def done(forum) -> bool:
    """Whether nothing is left to send."""
    store = forum.ports.store
    open_pages = Query(range_field="due_at", at_least="")
    waiting = Query(equal={"state": MessageState.PLANNED})
    return store.count(AudiencePage, open_pages) == 0 and store.count(Message, waiting) == 0


def log_of(*lives) -> str:
    return "\n".join(life.log for life in lives)


def mails_sent(life) -> int:
    return sum(int(count) for count in re.findall(r"\bsent=(\d+)", life.log))


def test_killed_at_thirty_random_points_while_sending_everyone_gets_exactly_one(tmp_path, server):
    print(f"DELA_CRASH_SEED={SEED}")
    chance = random.Random(SEED)
    with forum_in_lives(tmp_path, server) as (forum, lives):
        planned(forum, 500)
        meeting = forum.present_meeting("2026-1")
        ends = [0]
        for point in range(30):
            if point % 5 == 0:
                forum.sign_up(meeting, f"newcomer{point}@example.org")
            life = lives.start()
            _until_some_mails_later(server, life, chance)
            life.kill()
            assert "Traceback" not in life.log
            until(lambda: not server.talking)
            ends.append(len(server.taken))
            lives.clock.move(BEYOND_THE_LEASE)
        assert len(set(server.ids())) < 500, "they were killed in the middle"
        life = lives.start()
        until(lambda: done(forum), 60, lambda: log_of(life))
        life.kill()

    newcomers = {f"newcomer{point}@example.org" for point in range(0, 30, 5)}
    assert {mail.recipient for mail in server.taken} == {f"person{n}@example.org" for n in range(500)} | newcomers
    mails_of = Counter(mail.recipient for mail in server.taken)
    assert len(set(server.ids())) == len(mails_of), "whoever got more than one mail got the same one again"
    ends.append(len(server.taken))
    for life, (begin, end) in enumerate(pairwise(ends)):
        before, during = server.ids()[:begin], server.ids()[begin:end]
        assert len(set(during)) == len(during), f"life {life} sent a mail twice"
        assert len(set(during) & set(before)) <= 1, f"life {life} repeated more than the mail in the air"


def _until_some_mails_later(server, life, chance: random.Random) -> None:
    """Wait for a random point: a random number of mails and a moment, or a moment after the start."""
    target = len(server.taken) + chance.randrange(0, 30)
    if chance.random() < 0.3:
        sleep(chance.uniform(0, 0.3))
        return
    give_up = monotonic() + 20
    while len(server.taken) < target:
        assert monotonic() < give_up, life.log
    sleep(chance.uniform(0, 0.004))


def test_two_processes_on_one_file_share_the_work_and_send_nothing_twice(tmp_path, server, monkeypatch):
    monkeypatch.setattr(audience, "PAGE_SIZE", 25)
    server.misbehave("DOT", "wait", seconds=0.002)
    with forum_in_lives(tmp_path, server) as (forum, lives):
        planned(forum, 400)
        pages = forum.ports.store.query(AudiencePage, Query())
        pair = [lives.start(), lives.start()]

        def done_although_all_is_triggered_again_and_again() -> bool:
            for page in pages:
                forum.ports.queue.enqueue(wakeup_key(page))
            return done(forum)

        forum.at(lives.clock.now())
        until(done_although_all_is_triggered_again_and_again, 60, lambda: log_of(*pair))

        assert len(server.ids()) == len(set(server.ids())) == 400
        until(lambda: all(mails_sent(life) for life in pair), 10, lambda: log_of(*pair))


@pytest.mark.parametrize(("stage", "mails"), [("MAIL", 3), ("RCPT", 40), ("DOT", 70), ("TAKEN", 97)])
def test_a_process_that_was_stopped_beyond_its_lease_sends_nothing_twice_when_it_wakes_up(
    tmp_path, server, stage, mails
):
    """It is stopped in the middle of a conversation: a mail of which the server waits for the rest is in the air."""
    with forum_in_lives(tmp_path, server) as (forum, lives):
        planned(forum, 100)
        stopped = []

        def stop() -> None:
            if len(server.taken) >= mails and not stopped:
                # Not while its schedule is writing: SQLite's lock would be stopped with it, and nobody could go on.
                until(lambda: "retention " in sleeper.log, telling=lambda: sleeper.log)
                sleep(0.3)
                stopped.append(sleeper)
                sleeper.send(signal.SIGSTOP)

        server.misbehave(stage, stop)
        sleeper = lives.start()
        until(lambda: stopped, telling=lambda: sleeper.log)
        lives.clock.move(BEYOND_THE_LEASE)
        other = lives.start()
        until(lambda: done(forum), 60, lambda: log_of(sleeper, other))
        sleeper.send(signal.SIGCONT)
        until(lambda: mails_sent(sleeper), 30, lambda: sleeper.log)

    assert len(set(server.ids())) == 100
    assert len(server.ids()) <= 101, "one that was in the air may come twice, with the same Message-ID"
    assert mails_sent(sleeper) + mails_sent(other) == 100


def test_a_life_that_ends_politely_leaves_nothing_in_the_air(tmp_path, server):
    server.misbehave("DOT", "wait", seconds=0.005)
    with forum_in_lives(tmp_path, server) as (forum, lives):
        planned(forum, 150)
        life = lives.start()
        until(lambda: len(server.taken) >= 30, telling=lambda: life.log)
        life.send(signal.SIGTERM)
        until(lambda: not life.alive, 60, lambda: life.log)
        life = lives.start()
        until(lambda: done(forum), 60, lambda: life.log)

    assert len(server.ids()) == len(set(server.ids())) == 150


def test_dela_serve_itself_killed_and_started_again_sends_each_reminder_once(tmp_path, server):
    forum = Forum(tmp_path / "data", mail=server.url())
    forum.at(datetime.now(UTC))
    forum.crowd(forum.meeting(forum.now + DAY - timedelta(seconds=1)), 100)
    vouch(forum.ports.store, forum.now)
    port = free_port()
    told = {
        "PORT": str(port),
        "DELA_BASE_URL": "https://dela.forum.test",
        "DELA_MAIL": server.url(),
        "DELA_MAIL_FROM": "Dela <dela@forum.test>",
        "DELA_COORDINATORS": "karin@forum.test",
        "DELA_SECRET_KEYS": "the-key-of-tests",
        "DELA_IDENTITY_KEY": "the-identity-of-tests",
    }
    server.misbehave("DOT", "wait", seconds=0.005)
    for mails in (20, 60):
        with dela(tmp_path, "serve", **told) as process:
            until(lambda mails=mails: len(server.taken) >= mails, telling=lambda process=process: process.output)
            process.kill()
        _end_all_leases(forum)
    with dela(tmp_path, "serve", **told) as process:
        until(lambda: done(forum), telling=lambda: process.output)
        assert process.stop() == 0
    forum.close()

    assert {mail.recipient for mail in server.taken} == {f"person{number}@example.org" for number in range(100)}
    assert len(set(server.ids())) == 100
    assert len(server.ids()) <= 102


def _end_all_leases(forum) -> None:
    """As if five minutes had passed."""
    for page in forum.ports.store.query(AudiencePage, Query()):
        ended = page.model_copy(update={"lease_until": datetime.now(UTC) - timedelta(seconds=1)})
        forum.ports.store.transact(lambda store, ended=ended: store.put(ended))
