"""Nobody learns who is registered: not from the answer, and not from the work that it takes."""

import pytest

from dela.attending.leave import leave
from dela.attending.registration import Registration
from dela.mailing.ledger import Message
from dela.store.contract import Query
from tests.support.forum import FORM, Forum

ADDRESS = FORM["email"]


def new(forum, meeting):
    pass


def pending(forum, meeting):
    forum.sign_up(meeting, ADDRESS)


def pending_for_an_hour(forum, meeting):
    forum.sign_up(meeting, ADDRESS)
    forum.deliver().later(hours=1)


def mailed_too_often(forum, meeting):
    for _ in range(8):
        forum.sign_up(meeting, ADDRESS)
        forum.deliver().later(minutes=11)


def confirmed(forum, meeting):
    forum.confirmed(meeting, ADDRESS)


def confirmed_for_an_hour(forum, meeting):
    forum.confirmed(meeting, ADDRESS)
    forum.deliver().later(hours=1)


def left(forum, meeting):
    leave(forum.ports, forum.confirmed(meeting, ADDRESS), forum.now)


def expired(forum, meeting):
    forum.sign_up(meeting, ADDRESS)
    forum.deliver().later(hours=49)


STATES = [new, pending, pending_for_an_hour, mailed_too_often, confirmed, confirmed_for_an_hour, left, expired]


def _operations(forum):
    done = forum.ports.store.operations
    return done.reads, done.writes, done.deletes


class Watched:
    """What one sign-up did: its answer, the operations of the store, its transactions, its wake-ups."""

    def __init__(self, forum, monkeypatch, send) -> None:
        calls = {"transact": 0, "enqueue": 0}
        for port, name in ((forum.ports.store, "transact"), (forum.ports.queue, "enqueue")):
            real = getattr(type(port), name)

            def counted(self, *arguments, name=name, real=real):
                calls[name] += 1
                return real(self, *arguments)

            monkeypatch.setattr(type(port), name, counted)
        before = _operations(forum)
        answer = send()
        after = _operations(forum)
        monkeypatch.undo()
        self.work = (*(now - then for now, then in zip(after, before, strict=True)), *calls.values())
        self.answer = (answer.status_code, dict(answer.headers), answer.data)


@pytest.mark.parametrize(("kind", "capacity"), [("form", 5), ("json", None)])
@pytest.mark.parametrize("state", STATES[1:], ids=lambda state: state.__name__)
def test_the_answer_and_the_work_are_the_same_whoever_is_registered(tmp_path, monkeypatch, state, kind, capacity):
    def watched(name, prepare):
        forum = Forum(tmp_path / name)
        meeting = forum.meeting(capacity=capacity)
        forum.confirmed(meeting, "somebody@example.org")
        forum.ports.store.query(Message, Query())
        prepare(forum, meeting)
        sent = {"data": FORM} if kind == "form" else {"json": FORM}
        seen = Watched(forum, monkeypatch, lambda: forum.web("signup").post("/signup", **sent))
        forum.close()
        return seen

    stranger, known = watched("new", new), watched("known", state)
    assert known.answer == stranger.answer
    assert known.work == stranger.work
    assert stranger.work[1] == 4, "one write for the registration, one for the mail, two for the limits"


def test_a_full_meeting_is_as_full_for_those_who_sit_in_it(forum):
    meeting = forum.meeting(capacity=1)
    forum.confirmed(meeting, ADDRESS)
    client = forum.web("signup")
    own = client.post("/signup", data=FORM)
    other = client.post("/signup", data={**FORM, "email": "other@example.org"})
    assert own.status_code == other.status_code == 409
    assert own.data.replace(ADDRESS.encode(), b"") == other.data.replace(b"other@example.org", b"")


def test_only_the_mail_tells_and_it_goes_to_the_owner_of_the_address(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting, ADDRESS)
    forum.deliver().later(hours=1)
    forum.web("signup").post("/signup", data={**FORM, "name": "Somebody else"})
    forum.deliver()
    assert [str(mail["To"]) for mail in forum.mails] == ["Anna Andersson <anna@example.org>"] * 2
    assert forum.ports.store.count(Registration, Query()) == 1
    assert forum.mails[1]["Subject"].startswith("Du har redan en plats")


def test_thanks_are_the_same_for_everybody_and_name_nobody(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting, ADDRESS)
    page = forum.web("signup").get(f"/signup/{meeting.id}/thanks").text
    assert "Anna" not in page
    assert ADDRESS not in page
    assert page == forum.later(minutes=1).web("signup").get(f"/signup/{meeting.id}/thanks").text
