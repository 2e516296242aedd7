"""The pages behind speakers' and coordinators' links: what they show, to whom, and when."""

import re
from datetime import timedelta
from html import unescape

import icalendar
import pytest

from dela.meetings.run_meetings import cancel_meeting, move_meeting, set_room
from dela.speaking.host import stage_of
from dela.speaking.links import HOST, INVITATION, SPEAKER_ADDRESS, SPEAKER_CALENDAR, SPEAKER_JOIN
from tests.support.forum import ROOM, START, link
from tests.support.visits import links_of, text_of_page

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


def to(forum, purpose, id):
    return links_of(forum).to(purpose, id, forum.now)


def page(forum, purpose, id, method="GET", language="en", **data):
    return forum.open(f"{to(forum, purpose, id)}?lang={language}", method, data=data or None)


def words(answer):
    return text_of_page(answer.text)


# The invitation


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_from_the_mail_it_takes_two_presses_to_answer_and_two_to_change_it(forum, meeting, answer):
    id = forum.invited(meeting, language="en")
    forum.deliver()
    url = link(forum.last_mail, "/invitation/")
    asked = forum.open(url)
    assert 'name="answer"' in asked.text
    assert " checked" not in asked.text, "nothing is chosen before"
    assert asked.text.count('<button name="action" value="answer">') == 1
    assert forum.open(url, "POST", data={"action": "answer", "answer": answer}).status_code == 200
    assert forum.invitation(id).speaks is (answer == "yes")
    changing = forum.open(url)
    assert 'name="answer"' in changing.text, "the way back is on the same page"
    assert " checked" not in changing.text
    forum.open(url, "POST", data={"action": "answer", "answer": {"yes": "no", "no": "yes"}[answer]})
    assert forum.invitation(id).speaks is (answer == "no")


def test_it_says_when_what_is_expected_and_what_is_shown_of_them_in_either_language(forum, meeting):
    id = forum.invited(meeting)
    english, swedish = words(page(forum, INVITATION, id)), words(page(forum, INVITATION, id, language="sv"))
    for said in (
        "Thursday 3 December 2026",
        "12:10–13:00",
        "8 minutes, no slides",
        "We publish nothing before the start",
    ):
        assert said in english
    for said in ("Torsdag 3 december 2026".casefold(), "12.10–13.00", "vi publicerar inget före starten"):
        assert said in swedish.casefold()


def test_another_date_is_chosen_from_the_years_open_meetings_and_leads_to_its_own_page(forum, meeting, later):
    cancelled = forum.meeting(START + 30 * DAY)
    cancel_meeting(forum.ports, cancelled.id, forum.now)
    id = forum.invited(meeting)
    html = page(forum, INVITATION, id).text
    assert re.findall(r'<option value="([^"]*)"', html) == ["", later.id]
    missing = page(forum, INVITATION, id, "POST", action="answer", answer="other")
    assert missing.status_code == 422
    assert 'id="date-error"' in missing.text
    chosen = page(forum, INVITATION, id, "POST", action="answer", answer="other", date=later.id)
    assert chosen.status_code == 303
    assert "Thank you, Tyra-Talare-1x!" in words(forum.open(chosen.headers["Location"]))
    assert "It is about another date now" in words(page(forum, INVITATION, id))


def test_the_fifth_is_told_kindly_and_may_stand_by(forum, meeting, later):
    for number in range(2, 6):
        forum.speaker(meeting, number)
    id = forum.invited(meeting)
    full = page(forum, INVITATION, id, "POST", action="answer", answer="yes")
    assert full.status_code == 409
    assert re.findall(r'value="(\w+)"> ', full.text) == ["standby", "other", "no"]
    assert "You stand by" in words(page(forum, INVITATION, id, "POST", action="answer", answer="standby"))
    assert "Karin Norrby decides" in words(page(forum, INVITATION, id))


def test_after_the_expiry_the_page_is_honest(forum, meeting):
    id = forum.invited(meeting)
    forum.travel(forum.now + 15 * DAY)
    assert "The time for an answer is over" in words(page(forum, INVITATION, id))
    assert "You stand by" in words(page(forum, INVITATION, id, "POST", action="answer", answer="yes"))


def test_the_old_link_says_so_when_another_meeting_was_asked_about(forum, meeting, later):
    id = forum.invited(meeting)
    forum.answered(id, "no")
    forum.later(days=1)
    forum.invited(later)
    old = page(forum, INVITATION, id)
    assert "It is about another date now" in words(old)
    assert "<form" not in old.text


def test_what_they_share_is_kept_comes_back_and_is_checked(forum, meeting):
    id = forum.speaker(meeting, shares=False)
    said = {"title": "Brödet", "summary": "Rad ett\r\nrad två", "day_phone": "070-1", "consent": "true"}
    assert "Saved" in words(page(forum, INVITATION, id, "POST", action="share", **said))
    kept = forum.invitation(id)
    assert (kept.title, kept.summary, kept.day_phone, kept.consent) == ("Brödet", "Rad ett\nrad två", "070-1", True)
    shown = page(forum, INVITATION, id).text
    assert 'value="Brödet"' in shown
    assert "Rad ett\nrad två</textarea>" in shown
    wrong = page(forum, INVITATION, id, "POST", action="share", title="x" * 201, summary="kept\x00")
    assert wrong.status_code == 422
    assert 'href="#title"' in wrong.text
    assert forum.invitation(id).title == "Brödet"
    page(forum, INVITATION, id, "POST", action="share", title="Brödet")
    assert forum.invitation(id).consent is False, "what was agreed to can be taken back"


def test_only_their_own_slot_is_shown_once_enough_speak(forum, meeting):
    ids = [forum.speaker(meeting, number) for number in (1, 2)]
    assert "as soon as we know how many speak" in words(page(forum, INVITATION, ids[0]))
    ids.append(forum.speaker(meeting, 3))
    slots = [re.search(r"You begin at (\d+:\d+)", words(page(forum, INVITATION, id)))[1] for id in ids]
    assert sorted(slots) == ["12:13", "12:25", "12:37"]
    for number, id in enumerate(ids, 1):
        others = {f"Tyra-Talare-{each}x" for each in (1, 2, 3) if each != number}
        assert not [name for name in others if name in page(forum, INVITATION, id).text]


def test_another_address_is_confirmed_on_the_new_one(forum, meeting):
    id = forum.speaker(meeting, 1)
    forum.deliver()
    assert page(forum, INVITATION, id, "POST", action="address", email="ny@").status_code == 422
    page(forum, INVITATION, id, "POST", action="address", email="ny@example.org")
    forum.deliver()
    assert forum.last_mail["To"].addresses[0].addr_spec == "ny@example.org"
    assert forum.invitation(id).email == "talare1@example.org"
    url = link(forum.last_mail, "/address/")
    forum.open(url)
    assert forum.invitation(id).email == "talare1@example.org", "looking changes nothing"
    page(forum, INVITATION, id, "POST", action="address", email="nyare@example.org")
    assert forum.open(url, "POST").status_code == 409, "another was given since"
    forum.open(to(forum, SPEAKER_ADDRESS, f"{id}.2"), "POST")
    assert forum.invitation(id).email == "nyare@example.org"
    forum.travel(START - 6 * DAY)
    assert "nyare@example.org" in str(forum.last_mail["To"])


@pytest.mark.parametrize("purpose", [INVITATION, SPEAKER_JOIN, SPEAKER_CALENDAR, SPEAKER_ADDRESS, HOST])
def test_no_token_of_ours_none_of_another_purpose_and_none_that_is_too_old(forum, meeting, purpose):
    id = forum.speaker(meeting)
    id = meeting.id if purpose is HOST else f"{id}.0" if purpose is SPEAKER_ADDRESS else id
    good = to(forum, purpose, id)
    assert forum.open(good).status_code == 200
    for other in (each for each in (INVITATION, SPEAKER_JOIN, SPEAKER_ADDRESS, HOST) if each is not purpose):
        token = links_of(forum)._signer(other.purpose).sign_at(id, forum.now)
        assert forum.open(links_of(forum).at(purpose, token)).status_code == 404
    assert forum.open(links_of(forum).at(purpose, "x")).status_code == 404
    forum.later(days=401)
    assert forum.open(good).status_code == 410


# The way in


@pytest.mark.parametrize(
    ("before", "status", "says"),
    [
        (40 * MINUTE + SECOND, 409, "The door opens for you at 11:30"),
        (40 * MINUTE, 303, ""),
        (20 * MINUTE, 303, ""),
        (SECOND, 303, ""),
        (-49 * MINUTE, 303, ""),
        (-50 * MINUTE, 409, "Thank you for sharing"),
    ],
)
def test_the_speakers_door_opens_forty_minutes_before_and_stays_open_until_the_end(
    forum, meeting, before, status, says
):
    id = forum.speaker(meeting)
    forum.at(START - before)
    answer = page(forum, SPEAKER_JOIN, id, "POST")
    assert answer.status_code == status
    assert answer.headers.get("Location", ROOM) == ROOM
    assert says in words(answer)
    assert ROOM not in page(forum, SPEAKER_JOIN, id).text, "the room is told who presses"


def test_until_twenty_minutes_before_it_is_a_rehearsal_and_without_a_room_it_waits(forum, later):
    id = forum.speaker(later)
    forum.at(later.starts_at - 21 * MINUTE)
    assert "without listeners until 11:50" in words(page(forum, SPEAKER_JOIN, id))
    forum.at(later.starts_at - 20 * MINUTE)
    assert "The door is open" in words(page(forum, SPEAKER_JOIN, id))
    roomless = forum.meeting(later.starts_at + DAY, room=False)
    waits = forum.speaker(roomless, 2)
    forum.at(roomless.starts_at - 30 * MINUTE)
    assert page(forum, SPEAKER_JOIN, waits).headers["Refresh"] == "30"
    set_room(forum.ports, roomless.id, ROOM)
    assert page(forum, SPEAKER_JOIN, waits, "POST").status_code == 303


def test_who_does_not_speak_does_not_get_in_this_way(forum, meeting):
    id = forum.speaker(meeting)
    forum.answered(id, "no")
    forum.at(START - 5 * MINUTE)
    answer = page(forum, SPEAKER_JOIN, id, "POST")
    assert answer.status_code == 409
    assert "This way in is for speakers" in words(answer)


def test_the_calendar_file_is_of_their_own_and_takes_itself_out_again(forum, meeting):
    id = forum.speaker(meeting)

    def event():
        data = forum.open(to(forum, SPEAKER_CALENDAR, id)).data
        calendar = icalendar.Calendar.from_ical(data)
        [found] = calendar.walk("VEVENT")
        return str(calendar["METHOD"]), found

    method, first = event()
    assert (method, first["DTSTART"].dt) == ("PUBLISH", START)
    assert "/invitation/join/" in first["LOCATION"]
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    _, moved = event()
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    forum.answered(id, "no")
    method, last = event()
    assert (method, last["UID"]) == ("CANCEL", first["UID"])
    assert last["SEQUENCE"] > moved["SEQUENCE"]


# The host


def test_the_host_begins_the_next_section_once_and_can_take_that_back(forum, meeting):
    for number in (1, 2, 3):
        forum.speaker(meeting, number)
    forum.at(START + MINUTE)
    assert page(forum, HOST, meeting.id, "POST", action="next", section="0").status_code == 303
    assert page(forum, HOST, meeting.id, "POST", action="next", section="0").status_code == 303, "a double press"
    assert stage_of(forum.ports.store, meeting.id, forum.now).running.current == 1
    forum.later(minutes=12)
    late = words(page(forum, HOST, meeting.id))
    assert "minutes late" in late
    assert "The end stays where it is" in late
    page(forum, HOST, meeting.id, "POST", action="back", section="1")
    assert stage_of(forum.ports.store, meeting.id, forum.now).can_take_back is False


@pytest.mark.parametrize("when", [START - SECOND, START + 50 * MINUTE])
@pytest.mark.parametrize("action", ["next", "back"])
def test_only_while_the_meeting_runs_is_there_anything_to_press(forum, meeting, when, action):
    forum.speaker(meeting)
    forum.at(when)
    assert "<form" not in page(forum, HOST, meeting.id).text
    assert page(forum, HOST, meeting.id, "POST", action=action, section="0").status_code == 409
    assert page(forum, HOST, meeting.id, "POST", action="dance", section="x").status_code == 303, "nothing happens"


def test_the_sheet_says_who_is_on_and_adds_up_and_ends_with_the_meeting(forum, meeting):
    for number in (1, 2, 3, 4):
        forum.speaker(meeting, number)
    forum.at(START + 8 * MINUTE)
    shown = page(forum, HOST, meeting.id)
    rows = re.findall(r"<tr[^>]*><td>(\d+:\d+)</td><td>.*?</td><td>(\d+)</td></tr>", shown.text, re.DOTALL)
    assert sum(int(minutes) for _, minutes in rows[:-1]) == 50
    assert rows[-1] == ("13:00", "50")
    assert 'aria-current="step"' in shown.text
    assert unescape(re.search(r'data-ends="([^"]+)"', shown.text)[1]).startswith("2026-12-03T11:21:00")
    forum.at(START + 2 * DAY)
    assert page(forum, HOST, meeting.id).status_code == 410
