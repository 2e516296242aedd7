from datetime import timedelta

from dela.attending.registration import Registration
from dela.duties.run_duties import plan_mails
from tests.support.forum import START

DAY = timedelta(days=1)


def test_a_store_that_takes_longer_to_read_than_its_answer_is_fresh_delays_mails_but_stops_none(forum, monkeypatch):
    """Seen with ten thousand people and a busy store: every answer was stale when it came, and nobody was mailed."""
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.at(START - DAY - timedelta(minutes=20))
    plan_mails(forum.ports, forum.now)
    query = type(forum.ports.store).query

    def slow(self, kind, asked):
        if kind is Registration:
            forum.later(seconds=3)
        return query(self, kind, asked)

    monkeypatch.setattr(type(forum.ports.store), "query", slow)
    forum.at(START - DAY)
    for _ in range(3):
        forum.deliver()

    assert len({str(mail["To"]) for mail in forum.mails}) == len(forum.mails) == 5
