"""The brake on mails that anyone can cause by typing an address, and who gets past it."""

from collections import Counter
from datetime import timedelta

import pytest

from dela.attending.confirm import confirm
from dela.attending.registration import CONFIRM_WITHIN, Registration, Wishes
from dela.attending.sign_up import sign_up
from dela.mailing.ledger import Message, MessageState
from dela.mailing.unproven import FEW, Cause, Origin
from dela.store.contract import Query
from tests.support.everything import documents
from tests.support.forum import FORM, START, Forum, link

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
HOURLY, DAILY = 40, 100


@pytest.fixture
def braked(tmp_path):
    forum = Forum(tmp_path, proxies=1, unproven_hour=HOURLY, unproven_day=DAILY)
    yield forum
    forum.close()


def comes(forum, meeting, address: str, client: str) -> None:
    """A sign-up by the page from a network client, a moment after the one before; the worker keeps up."""
    forum.later(milliseconds=8)
    sent = {"data": {**FORM, "email": address}, "headers": {"X-Forwarded-For": client}}
    assert forum.web("signup").post(f"/signup/{meeting.id}", **sent).status_code == 303
    forum.deliver()


def caused(forum, meeting, address: str, client: str) -> None:
    """The same without the page."""
    forum.later(milliseconds=8)
    wishes = Wishes(name="Anna", municipality="Åre", language="sv")
    sign_up(forum.ports, meeting.id, address, wishes, forum.now, Origin(client, client))
    forum.deliver()


def until(forum, moment) -> None:
    """Time goes by; whatever is woken on the way is delivered."""
    while (due := forum.ports.queue.next_due()) is not None and due <= moment:
        forum.at(max(due, forum.now)).deliver()
    forum.at(moment)


def sent(forum) -> list[Message]:
    """What left, in order."""
    found = forum.ports.store.query(Message, Query(equal={"state": MessageState.SENT}, limit=5000))
    return sorted(found, key=lambda message: message.sent_at)


def busiest(forum, window: timedelta) -> int:
    """The most mails that left within any such time."""
    times = [message.sent_at for message in sent(forum)]
    return max(sum(start <= time < start + window for time in times) for start in times)


def reached(forum, start: str) -> int:
    return sum(str(mail["To"]).startswith(start) for mail in forum.mails)


def test_foreign_addresses_from_one_network_do_not_keep_real_people_from_their_mails(braked):
    """Ten thousand were mailed in 85 seconds from one /64. Here as many times the ceiling, beside twenty people."""
    meeting = braked.meeting()
    begun = braked.now
    for number in range(5 * HOURLY):
        comes(braked, meeting, f"foreign{number}@example.org", f"2001:db8:1:2:{number:x}::1")
        if number % 10 == 9:
            comes(braked, meeting, f"real{number // 10}@example.org", f"192.0.2.{number}")

    assert reached(braked, "foreign") <= HOURLY * 3 // 4, "the rest is kept for those who caused few"
    assert reached(braked, "foreign") + reached(braked, "real") == HOURLY

    until(braked, begun + HOUR + MINUTE)
    assert reached(braked, "real") == 20, "within the first refill"
    comes(braked, meeting, "late@example.org", "203.0.113.9")
    assert reached(braked, "late") == 1, "whoever comes later does not stand behind the foreign ones"

    until(braked, begun + 30 * HOUR)
    assert busiest(braked, HOUR) <= HOURLY
    assert busiest(braked, DAY) <= DAILY
    assert reached(braked, "foreign") > HOURLY, "the foreign ones leave as well, in their turn"
    looks = [each.taken for each in braked.ports.store.query(Message, Query(limit=1000))]
    assert sum(looks) < 4 * len(looks), "nobody looks at what waits all the time"


def test_what_waits_leaves_one_client_after_another(braked):
    meeting = braked.meeting()
    for number in range(HOURLY + 30):
        caused(braked, meeting, f"many{number}@example.org", "many")
    for client in range(15):
        caused(braked, meeting, f"few{client}@example.org", f"client{client}")
    waiting = 15 - reached(braked, "few")
    assert waiting == 15 - HOURLY // 4

    until(braked, braked.now + 2 * HOUR)

    later = ["few" if "few" in str(mail["To"]) else "many" for mail in braked.mails[HOURLY:]]
    assert later.count("few") == waiting
    assert later[: 2 * waiting].count("few") == waiting, "whoever caused many does not go first"


def test_a_client_of_a_few_mails_has_the_whole_ceiling_and_a_room_full_of_people_three_quarters(braked):
    meeting = braked.meeting()
    for number in range(HOURLY):
        caused(braked, meeting, f"room{number}@example.org", "room")

    assert reached(braked, "room") == HOURLY * 3 // 4 >= FEW


def test_mails_that_their_readers_asked_for_know_no_ceiling(braked):
    meeting = braked.meeting()
    for number in range(2 * HOURLY):
        caused(braked, meeting, f"many{number}@example.org", "many")
    before = len(braked.mails)
    for number in range(5):
        confirm(braked.ports, braked.sign_up(meeting, f"proven{number}@example.org"), braked.now)
    braked.deliver()

    assert reached(braked, "Anna Andersson <proven") == 5
    assert len(braked.mails) == before + 5


def test_the_48_hours_begin_when_the_mail_leaves(braked):
    meeting = braked.meeting()
    for number in range(HOURLY + 5):
        caused(braked, meeting, f"many{number}@example.org", f"client{number}")
    last = braked.mails[-1]
    signed_up = braked.now
    until(braked, signed_up + 2 * HOUR)
    late = braked.mails[-1]
    assert late is not last
    left = sent(braked)[-1].sent_at
    assert left > signed_up + 50 * MINUTE

    braked.at(left + CONFIRM_WITHIN - SECOND).run()
    assert braked.open(link(late, "/confirm/"), "POST").status_code == 303
    braked.later(seconds=2).run()
    assert {each.confirmed for each in braked.ports.store.query(Registration, Query())} == {True}


def test_everybody_reads_that_it_may_take_some_hours_while_the_ceiling_holds(braked):
    meeting = braked.meeting()

    def page() -> str:
        return braked.web("signup").get(f"/signup/{meeting.id}/thanks?lang=en").text

    assert "some hours" not in page()
    for number in range(HOURLY):
        caused(braked, meeting, f"many{number}@example.org", "many")
    assert "some hours" in (told := braked.later(seconds=11) and page())
    assert told == page()
    until(braked, braked.now + 3 * DAY)
    assert "some hours" not in page()


def test_a_look_at_the_ceiling_is_kept_for_some_seconds(braked):
    meeting = braked.meeting()
    client, spent = braked.web("signup"), []
    for _ in range(3):
        before = braked.ports.store.operations.reads
        client.get(f"/signup/{meeting.id}/thanks")
        spent.append(braked.ports.store.operations.reads - before)

    assert spent == [2, 1, 1]


def test_who_caused_a_mail_is_remembered_as_an_hmac_and_for_a_day(braked):
    meeting = braked.meeting()
    comes(braked, meeting, FORM["email"], "2001:db8:1:2::7")
    [cause] = braked.ports.store.query(Cause, Query())
    everything = " ".join(each.model_dump_json() for each in documents(braked.ports.store))
    assert "2001:db8" not in everything
    [message] = braked.ports.store.query(Message, Query())
    assert message.person not in cause.model_dump_json()

    braked.at(cause.at + DAY - SECOND).run()
    assert braked.ports.store.count(Cause, Query()) == 1
    braked.later(seconds=1).run()
    assert braked.ports.store.count(Cause, Query()) == 0


def test_a_clock_that_was_set_back_does_not_leave_the_ceiling_reached(braked):
    meeting = braked.meeting()
    for number in range(HOURLY):
        caused(braked, meeting, f"many{number}@example.org", f"client{number}")
    braked.at(braked.now - 2 * DAY)
    caused(braked, meeting, "after@example.org", "after")

    assert reached(braked, "after") == 1


def test_it_is_not_too_late_for_who_signed_up_when_the_meeting_is_near(braked):
    """Above the ceiling, too, a mail leaves while it is of use or not at all."""
    meeting = braked.meeting()
    braked.at(START - 30 * MINUTE)
    for number in range(HOURLY + 10):
        caused(braked, meeting, f"many{number}@example.org", f"client{number}")
    until(braked, START + 3 * HOUR)

    states = Counter(message.state for message in braked.ports.store.query(Message, Query(limit=500)))
    assert states == {MessageState.SENT: HOURLY + 10} or states[MessageState.PLANNED] == 0
