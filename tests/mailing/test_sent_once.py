"""One mail per person and reason, whoever sleeps, dies, fails or has a wrong clock while it leaves."""

from contextlib import suppress
from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.attending.own_data import erase
from dela.attending.registration import Registration
from dela.duties.run_duties import plan_mails
from dela.mailing.deliver import deliver
from dela.mailing.ledger import LEASE, SKEW, AudiencePage, Message, MessageState
from dela.store.contract import Query
from tests.support.forum import START, Forum
from tests.support.mail_server import NEVER, Asleep, MailServer, away, refuse

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def server(forum) -> MailServer:
    return MailServer(forum)


@pytest.fixture
def mail(forum, server) -> str:
    """The wake-up of one mail to one person, which is due."""
    forum.sign_up(forum.meeting())
    [message] = forum.ports.store.query(Message, Query())
    return f"message:{message.id}"


@pytest.fixture
def page(forum, server) -> str:
    """The wake-up of a reminder to ten people, which is due for ten minutes."""
    forum.crowd(forum.meeting(), 10)
    forum.at(START - DAY)
    plan_mails(forum.ports, forum.now)
    forum.later(minutes=10)
    [page] = forum.ports.store.query(AudiencePage, Query())
    return f"page:{page.id}"


def only_message(forum: Forum) -> Message:
    [message] = forum.ports.store.query(Message, Query())
    return message


def hours_pass(forum: Forum) -> None:
    for _ in range(12):
        forum.run().later(minutes=10)


class Once:
    """Does something at the mail of that number, counted from one, and never again."""

    def __init__(self, number, does) -> None:
        self._left, self._does = number, does

    def __call__(self, mail) -> None:
        self._left -= 1
        if self._left == 0:
            self._does(mail)


def meanwhile(forum: Forum, key: str) -> None:
    """Another worker has the same wake-up; it may fall asleep in the middle."""
    with suppress(Asleep):
        deliver(forum.ports, key)


# One holder at a time: what one who has lost its lease still writes


def test_a_mail_that_another_has_sent_is_not_planned_anew_by_who_lost_its_lease_over_it(forum, server, mail):
    def sleep_then_fail(about):
        forum.later(minutes=6)
        deliver(forum.ports, mail)
        away(about)

    server.before = Once(1, sleep_then_fail)
    deliver(forum.ports, mail)
    hours_pass(forum)

    assert server.taken == ["anna@example.org"]
    assert only_message(forum).state is MessageState.SENT


def test_a_mail_that_another_has_sent_stays_sent_though_the_server_refuses_the_repeat(forum, server, mail):
    def sleep_then_refuse(about):
        forum.later(minutes=6)
        deliver(forum.ports, mail)
        refuse(about)

    server.before = Once(1, sleep_then_refuse)
    deliver(forum.ports, mail)

    message = only_message(forum)
    assert (message.state, message.outcome, message.sent_at) == (MessageState.SENT, "", forum.now)


def test_of_who_is_erased_while_their_mail_leaves_nothing_is_written_down_again(forum, server, mail):
    [registration] = forum.ports.store.query(Registration, Query())
    server.before = Once(1, lambda _: erase(forum.ports, registration.id))

    deliver(forum.ports, mail)

    assert server.taken == ["anna@example.org"]
    assert forum.ports.store.count(Message, Query()) == 0


def test_who_lost_its_lease_over_a_page_does_not_give_away_that_of_its_successor(forum, server, page):
    """It fails three times in a row, oversleeps its lease in the third, and then puts the page off."""
    failures = 0

    def fail_and_oversleep(about):
        nonlocal failures
        failures += 1
        if failures == 3:
            forum.later(minutes=6)
            server.before = Once(3, fall_asleep)
            meanwhile(forum, page)
        away(about)

    def fall_asleep(about):
        raise Asleep

    server.before = fail_and_oversleep
    deliver(forum.ports, page)
    assert len(server.taken) == 2, "the successor is in the middle of its third mail"

    server.before = lambda about: None
    forum.later(minutes=3)
    deliver(forum.ports, page)
    assert len(server.taken) == 2, "the successor may still be sending: nobody else does"

    hours_pass(forum)
    assert (len(set(server.taken)), server.repeated) == (10, [])


def test_who_finds_a_mail_recorded_by_another_leaves_the_page_to_that_other(forum, server, page):
    """Two machines whose clocks differ by more than they may both have a lease by their clock."""
    behind = SKEW + MINUTE

    def another_begins(about):
        forum.at(forum.now - behind)
        server.before = Once(4, lambda _: fall_asleep())
        meanwhile(forum, page)
        forum.at(forum.now + behind)

    def fall_asleep():
        raise Asleep

    server.before = Once(4, another_begins)
    deliver(forum.ports, page)
    assert len(server.repeated) == 1, "the mail in the air is the only one that both sent"

    hours_pass(forum)
    assert (len(set(server.taken)), len(server.repeated)) == (10, 1)


# The lease's margin, and clocks


@pytest.mark.parametrize("kind", ["mail", "page"])
def test_no_mail_is_begun_that_would_outlast_the_lease(forum, server, kind, request, monkeypatch):
    """The store takes so long that little of the lease is left, and a conversation takes nearly two minutes."""
    key = request.getfixturevalue(kind)
    slow = Once(1, lambda _: forum.at(forum.now + LEASE - MINUTE))
    for name in ("get", "query"):
        monkeypatch.setattr(type(forum.ports.store), name, _reading(name, forum, slow))

    def converse(about):
        forum.later(seconds=110)
        meanwhile(forum, key)

    server.after = converse
    deliver(forum.ports, key)
    for _ in range(30):
        forum.later(minutes=5).deliver()
        plan_mails(forum.ports, forum.now)

    assert server.repeated == []
    assert len(server.taken) == {"mail": 1, "page": 10}[kind]


def _reading(name, forum, at_registrations):
    """The store's method of that name, with something that happens when people are read."""
    read = getattr(type(forum.ports.store), name)

    def reading(self, kind, asked):
        found = read(self, kind, asked)
        if kind is Registration:
            at_registrations(None)
        return found

    return reading


def test_a_lease_that_is_renewed_lasts_as_long_again(forum, server, page, monkeypatch):
    """A page whose first read was slow renews; then it has the whole time for a slow conversation."""
    slow = Once(1, lambda _: forum.at(forum.now + LEASE - MINUTE))
    monkeypatch.setattr(type(forum.ports.store), "query", _reading("query", forum, slow))
    others = []

    def converse(about):
        forum.at(forum.now + LEASE - SECOND)
        others.append(len(server.taken))
        deliver(forum.ports, page)
        others.append(len(server.taken))
        raise Asleep

    server.after = converse
    meanwhile(forum, page)

    assert others == [1, 1]


def test_a_mail_is_not_begun_under_a_lease_that_a_clock_made_which_was_set_back_since(forum, server, mail, monkeypatch):
    """Such a lease begins in the future: it keeps nobody else away."""
    back = Once(1, lambda _: forum.later(hours=-3))
    monkeypatch.setattr(type(forum.ports.store), "get", _reading("get", forum, back))
    server.before = Once(1, lambda _: meanwhile(forum, mail))
    forum.later(hours=4)

    deliver(forum.ports, mail)
    forum.later(minutes=20).run()

    assert server.taken == ["anna@example.org"]


def test_who_leaves_after_the_clock_was_set_back_is_not_mailed_from_what_was_read_before(forum, server, page):
    def everybody_else_leaves(about):
        forum.later(hours=-2)
        for each in forum.ports.store.query(Registration, Query()):
            if each.email not in server.taken:
                leave(forum.ports, each.id, forum.now)

    server.after = Once(3, everybody_else_leaves)
    deliver(forum.ports, page)

    assert len(server.taken) == 3


def test_a_clock_that_is_set_back_during_a_page_does_not_make_its_turn_longer(forum, server, page):
    """Whoever signs up meanwhile does not wait until the clock has caught up."""
    meeting = forum.present_meeting("2026-1")
    server.before = lambda _: forum.later(seconds=3)

    def back_and_sign_up(about):
        forum.later(minutes=-5)
        forum.sign_up(meeting)

    server.after = Once(2, back_and_sign_up)
    forum.deliver()

    assert server.taken.index("anna@example.org") <= 3


# Failures


def test_failures_that_are_not_in_a_row_do_not_put_a_page_off(forum, server, page):
    """Three addresses are greylisted among others: the server is there."""
    asked = 0

    def greylist(about):
        nonlocal asked
        asked += 1
        if asked in (2, 4, 6):
            away(about)

    server.before = greylist
    deliver(forum.ports, page)
    assert len(server.taken) == 7

    hours_pass(forum)
    assert (len(set(server.taken)), server.repeated) == (10, [])


def test_three_failures_in_a_row_put_a_page_off_and_nobody_else_is_asked_for(forum, server, page):
    asked = []

    def fail(about):
        asked.append(about.recipient)
        away(about)

    server.before = fail
    deliver(forum.ports, page)
    assert len(asked) == 3

    server.before = lambda _: None
    hours_pass(forum)
    assert (len(set(server.taken)), server.repeated) == (10, [])


@pytest.mark.parametrize("kind", ["mail", "page"])
def test_what_the_server_will_never_take_has_failed_with_its_reason_and_was_not_sent(forum, server, kind, request):
    key = request.getfixturevalue(kind)
    server.before = Once(1, refuse)

    deliver(forum.ports, key)

    [failed] = [each for each in forum.ports.store.query(Message, Query()) if each.state is not MessageState.SENT]
    assert (failed.state, failed.outcome, failed.sent_at) == (MessageState.FAILED, NEVER, None)
    assert failed.due_at is None


def test_what_is_no_longer_true_is_dropped_with_the_reason_and_has_not_failed(forum, server, mail):
    [registration] = forum.ports.store.query(Registration, Query())
    leave(forum.ports, registration.id, forum.now)

    deliver(forum.ports, mail)

    message = only_message(forum)
    assert (message.state, message.outcome, message.sent_at) == (MessageState.DROPPED, "registration_left", None)
