"""An invitation's life costs at most twelve reads and twelve writes; each mail that leaves is counted apart."""

from datetime import timedelta

from tests.support.forum import START, link
from tests.support.things import operations_in


def test_asked_looked_at_answered_and_filled_in_with_four_meetings_in_the_year(forum, meeting, later):
    for number in (2, 3):
        forum.meeting(START + timedelta(days=90 * number))
    store, spent = forum.ports.store, []

    def costs(act):
        forum.later(seconds=2)
        used = operations_in(store, act)
        spent.append((used.reads, used.writes))

    costs(lambda: forum.invited(meeting))
    forum.deliver()
    url = link(forum.last_mail, "/invitation/")
    costs(lambda: forum.open(url))
    costs(lambda: forum.open(url, "POST", data={"action": "answer", "answer": "yes"}))
    said = {"action": "share", "title": "x", "summary": "y", "day_phone": "1"}
    costs(lambda: forum.open(url, "POST", data=said))
    reads, writes = (sum(each) for each in zip(*spent, strict=True))
    assert reads <= 12, spent
    assert writes <= 12, spent


def test_the_schedule_asks_once_a_run_whether_anything_is_due(forum, meeting):
    from dela.speaking.due import do_due

    forum.speaker(meeting)
    used = operations_in(forum.ports.store, lambda: do_due(forum.ports, forum.now))
    assert (used.reads, used.writes) == (1, 0)
