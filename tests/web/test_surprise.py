"""The surprise: before a meeting's start nobody learns who speaks, from where, or of what."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.leave import leave
from dela.attending.own_data import export
from dela.demo.seed import seed
from dela.demo.speakers import AGENDA
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.store.contract import Query
from tests.support.forum import FORM, START, Forum
from tests.support.surprise import Surprise, agenda_of, readable
from tests.support.visits import personal, readable_addresses

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


# The watch over all tests


@pytest.fixture
def watch(forum):
    """A watch of its own, so that a leak that is made on purpose fails no other test."""
    forum.meeting()
    watch = Surprise(forum.settings.sqlite_path, forum.clock.now)
    yield watch
    watch.close()


@pytest.mark.parametrize("word", ["name", "organisation", "subject"])
@pytest.mark.parametrize("form", ["as it is", "quoted-printable", "encoded word", "folded"])
def test_the_watch_sees_each_word_of_an_agenda_in_whatever_form_it_is_written(forum, watch, word, form):
    import quopri
    from email.header import Header

    secret = getattr(agenda_of(forum.present_meeting("2026-1"))[1], word)
    written = {
        "as it is": f"<p>{secret}</p>".encode(),
        "quoted-printable": b"x" * 70 + quopri.encodestring(secret.encode()).replace(b"-", b"-=\r\n"),
        "encoded word": Header(f"Anna {secret}", "utf-8", maxlinelen=900).encode().encode(),
        "folded": secret.encode()[:9] + b"\r\n " + secret.encode()[9:],
    }[form]
    forum.at(START - SECOND)
    watch.look("an artefact", written)
    assert watch.leaks == [f"an artefact tells of {secret!r} too early"]
    assert secret in readable(written)


def test_the_watch_lets_through_what_may_be_known_from_the_start_on(forum, watch):
    text = " ".join(item.name for item in agenda_of(forum.present_meeting("2026-1")))
    forum.at(START)
    watch.look("a page", text)
    assert watch.leaks == []
    cancel_meeting(forum.ports, "2026-1", forum.at(START - HOUR).now)
    forum.at(START + HOUR)
    watch.look("a page", text)
    assert len(watch.leaks) == 3, "of what was called off nothing is ever told"


def test_a_forum_whose_page_tells_too_early_fails_its_test(tmp_path, monkeypatch):
    forum = Forum(tmp_path)
    id = forum.confirmed(forum.meeting())
    monkeypatch.setattr(Meeting, "shows_agenda", lambda self, now: True)
    forum.open(personal(forum, "join", id))
    with pytest.raises(AssertionError, match="tells of"):
        forum.close()


@pytest.mark.parametrize(("hour", "leaks"), [("12:09:59", 1), ("12:10:00", 0)])
def test_a_mail_is_judged_by_its_date(forum, watch, hour, leaks):
    secret = agenda_of(forum.present_meeting("2026-1"))[0].name
    outbox = forum.folder / "somewhere"
    outbox.mkdir()
    head = f"To: a@example.org\r\nDate: Thu, 03 Dec 2026 {hour} +0100\r\n\r\n"
    (outbox / "00000001-x.eml").write_bytes(head.encode() + secret.encode())
    watch.look_through_mails(outbox)
    assert len(watch.leaks) == leaks


# The journey, watched


def look_everywhere(forum, meeting, ids):
    """Everything that anybody can have rendered now, in both languages; answers how much of it shows an agenda."""
    shown = 0
    for id in ids:
        for url in readable_addresses(forum, meeting, id):
            for language in ("sv", "en"):
                answer = forum.open(f"{url.partition('?')[0]}?lang={language}")
                shown += 'id="agenda"' in answer.text
        forum.open(personal(forum, "own_data", id), "POST", data={"action": "export"})
        forum.surprise.look("an export", str(export(forum.ports, id)))
    for path in ("/signup", f"/signup/{meeting.id}"):
        client = forum.web("signup")
        for sent in ({"data": FORM}, {"json": FORM}, {"data": {"name": ""}}, {"json": {}}):
            client.post(path, **sent)
    return shown


@pytest.mark.slow
def test_through_a_whole_year_nothing_tells_of_an_agenda_before_its_start(forum):
    """Four meetings: one is held, one moved, one called off, one is held at last; `forum.close` finds the leaks."""
    starts = [START + number * 90 * DAY for number in range(4)]
    meetings = [forum.meeting(start) for start in starts]
    people = [forum.confirmed(meeting, f"p{n}@example.org") for n in range(3) for meeting in meetings[:1]]
    forum.deliver()
    leave(forum.ports, people[2], forum.now)
    for number, meeting in enumerate(meetings):
        id = forum.confirmed(meeting, f"a{number}@example.org", language="en")
        pending = forum.sign_up(meeting, f"w{number}@example.org")
        ask_for_own_data(forum.ports, id, forum.now)
        if number == 1:
            move_meeting(forum.ports, meeting.id, meeting.starts_at + DAY, forum.now)
        if number == 2:
            cancel_meeting(forum.ports, meeting.id, forum.now)
        start = forum.present_meeting(meeting.id).starts_at
        ids = [id, pending] if number else [id, pending, *people]
        for before in (8 * DAY, DAY, HOUR, 10 * MINUTE, SECOND):
            forum.travel(max(forum.now, start - before))
            forum.open(personal(forum, "join", id), "POST")
            ids = [each for each in ids if forum.registration(each)]
            assert look_everywhere(forum, meeting, ids) == 0
        shown = look_everywhere(forum.at(start), meeting, ids)
        assert (shown > 0) is (number != 2), "from the start on it is there"
        forum.travel(start + 2 * HOUR)
        look_everywhere(forum, meetings[min(number + 1, 3)], ids)
    assert forum.surprise.seen > 500
    assert len(forum.mails) > 20
    assert forum.log.lines


@pytest.mark.slow
def test_the_demo_keeps_its_secret_until_its_next_meeting_starts(forum):
    seed(forum.ports, forum.now)
    meeting = next(each for each in forum.ports.store.query(Meeting, Query()) if each.starts_at > forum.now)
    id = forum.sign_up(meeting)
    forum.open(personal(forum, "confirm", id), "POST")
    forum.surprise.look("nothing", "", meeting.starts_at - SECOND)
    secrets = forum.surprise.secrets(meeting.starts_at - SECOND)
    assert {word for line in AGENDA for word in line} <= set(secrets)
    forum.travel(meeting.starts_at - SECOND)
    assert look_everywhere(forum, meeting, [id]) == 0
    assert look_everywhere(forum.travel(meeting.starts_at), meeting, [id]) > 0


MOMENTS = st.one_of(
    st.timedeltas(-3 * DAY, 3 * DAY), st.timedeltas(-2 * SECOND, 2 * SECOND), st.timedeltas(-HOUR, 2 * HOUR)
)


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MOMENTS, st.booleans())
@example(timedelta(0), False)
@example(-timedelta(microseconds=1), True)
@example(-SECOND, False)
def test_at_any_moment_the_agenda_is_there_exactly_if_the_meeting_has_started(joined, offset, press):
    forum, url = joined
    page = forum.at(START + offset).open(url, "POST" if press else "GET")
    if page.status_code == 303:
        page = forum.open(url)
    assert ('id="agenda"' in page.text) is (offset >= timedelta(0))
    assert ("Hulda" in page.text) is (offset >= timedelta(0))


@pytest.fixture
def joined(forum):
    id = forum.confirmed(forum.meeting())
    return forum, personal(forum, "join", id)
