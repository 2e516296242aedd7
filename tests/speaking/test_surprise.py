"""Real speakers, watched over: nobody but the coordinators and they themselves knows of them before the start."""

from datetime import UTC, datetime, timedelta

import pytest

from dela.attending.own_data import export
from dela.meetings.run_meetings import move_meeting
from dela.speaking.change import Shared, share
from dela.speaking.links import HOST, INVITATION, LINKS, SPEAKER_CALENDAR
from tests.support.forum import FORM, Forum
from tests.support.surprise import EVERYBODY
from tests.support.visits import links_of, personal, readable_addresses

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
CLOCKS = {
    "before they go forward": datetime(2026, 3, 26, 11, 10, tzinfo=UTC),
    "after they went forward": datetime(2026, 3, 30, 10, 10, tzinfo=UTC),
    "before they go back": datetime(2026, 10, 22, 10, 10, tzinfo=UTC),
    "after they went back": datetime(2026, 10, 26, 11, 10, tzinfo=UTC),
}
WORDS = ("Tyra-Talare-1x", "Talföretaget-1x", "Ett-talämne-1x")


@pytest.fixture(params=CLOCKS)
def start(request):
    return CLOCKS[request.param]


@pytest.fixture
def stage(tmp_path, start):
    """A meeting in a week in which the clocks change, with speakers in every state, and people who come."""
    forum = Forum(tmp_path, warns=True)
    forum.at(start - 70 * DAY)
    meeting, _ = forum.meeting(start), forum.meeting(start + 90 * DAY)
    speakers = [forum.speaker(meeting, number) for number in (1, 2, 3)]
    asked, stands, no = (forum.invited(meeting, number) for number in (4, 5, 6))
    forum.answered(stands, "standby")
    forum.answered(no, "no")
    person = forum.confirmed(meeting, "anna@example.org")
    forum.confirmed(meeting, "talare2@example.org", name="Someone")
    yield forum, meeting, [*speakers, asked, stands, no], person
    forum.close()


def look_everywhere(forum, meeting, invitations, person) -> int:
    """Everything that anybody can have rendered now; answers how many pages of attendees show a speaker."""
    shown = 0
    for url in readable_addresses(forum, meeting, person):
        for language in ("sv", "en"):
            shown += WORDS[0] in forum.open(f"{url.partition('?')[0]}?lang={language}").text
    forum.open(personal(forum, "own_data", person), "POST", data={"action": "export"})
    forum.surprise.look("an export", str(export(forum.ports, person)))
    for id in invitations:
        for link in (each for each in LINKS if each is not HOST):
            forum.open(links_of(forum).to(link, id, forum.now))
        forum.open(links_of(forum).to(INVITATION, id, forum.now), "POST", data={"action": "answer"})
    forum.open(links_of(forum).to(HOST, meeting.id, forum.now))
    for path in ("/signup", f"/signup/{meeting.id}"):
        for sent in ({"data": FORM}, {"json": FORM}, {"json": {}}):
            forum.web("signup").post(path, **sent)
    return shown


@pytest.mark.slow
def test_until_a_second_before_the_start_nothing_tells_of_them_and_at_the_start_join_does(stage, start):
    forum, meeting, invitations, person = stage
    assert set(WORDS) <= set(forum.surprise.secrets(start - SECOND))
    for before in (8 * DAY, DAY, 60 * MINUTE, 30 * MINUTE, 10 * MINUTE, SECOND):
        forum.travel(start - before)
        assert look_everywhere(forum, meeting, invitations, person) == 0
    for after in (timedelta(0), SECOND):
        shown = look_everywhere(forum.at(start + after), meeting, invitations, person)
        assert shown == 2, "the attendee's way in, in two languages, and nothing public"
    assert len(forum.mails) > 15
    assert forum.surprise.seen > 400


def test_after_a_move_the_new_start_counts(stage, start):
    forum, meeting, invitations, person = stage
    move_meeting(forum.ports, meeting.id, start + DAY, forum.now)
    forum.at(start + SECOND)
    assert look_everywhere(forum, meeting, invitations, person) == 0
    assert look_everywhere(forum.at(start + DAY), meeting, invitations, person) == 2


def test_afterwards_the_public_page_names_those_who_agreed_until_they_take_it_back(stage, start):
    forum, meeting, invitations, person = stage
    share(forum.ports, invitations[1], Shared(title="Ett-talämne-2x", consent=False), forum.now)
    public = links_of(forum).page(meeting.id)
    forum.at(start + SECOND)
    assert "Tyra-Talare" not in forum.open(public).text, "while it runs it is for those who are there"
    forum.at(start + 51 * MINUTE)
    page = forum.open(public).text
    assert [f"Tyra-Talare-{number}x" in page for number in (1, 2, 3, 4)] == [True, False, True, False]
    share(forum.ports, invitations[0], Shared(consent=False), forum.now)
    assert "Tyra-Talare-1x" not in forum.open(public).text
    assert "Tyra-Talare-1x" not in forum.open(personal(forum, "join", person)).text
    assert forum.invitation(invitations[0]).title == "Ett-talämne-1x", "and nothing else changes after the start"


def test_after_a_no_the_link_shows_nothing_that_is_not_public(stage, start):
    forum, _, invitations, _ = stage
    forum.answered(invitations[2], "no")
    forum.travel(start - 5 * DAY)
    for id in (invitations[2], invitations[3], invitations[5]):
        for link in (each for each in LINKS if each not in (HOST, SPEAKER_CALENDAR)):
            html = forum.open(links_of(forum).to(link, id, forum.now)).text
            for hidden in ("Tyra", "Talföretaget", "070-1", "meet.example.org", "+46 10", "12.1", "talämne"):
                assert hidden not in html.replace("12.10–13.00", ""), (id, link.purpose, hidden)


def test_the_watch_sees_speakers_who_are_only_asked_and_lets_their_owners_see_themselves(stage, start):
    forum, _, invitations, _ = stage
    asked = invitations[3]
    before = start - SECOND
    assert "Tyra-Talare-4x" in forum.surprise.secrets(before)
    assert "Tyra-Talare-4x" not in forum.surprise.secrets(before, asked)
    assert "Tyra-Talare-1x" in forum.surprise.secrets(before, asked)
    assert "Tyra-Talare-4x" in forum.surprise.secrets(start + DAY), "who was asked and did not speak is never told of"
    assert forum.surprise.secrets(before, EVERYBODY) == []
