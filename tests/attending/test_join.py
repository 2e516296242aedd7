"""The personal link into the meeting: before, in the window, and after."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dela.attending.leave import leave
from dela.meetings.run_meetings import cancel_meeting, move_meeting, set_room
from dela.speaking.agenda import AgendaItem
from dela.store.contract import Query
from tests.support.forum import ROOM, START
from tests.support.surprise import agenda_of
from tests.support.visits import everything, links_of, personal, said, text_of_page

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OPENS, ENDS = START - 15 * MINUTE, START + 50 * MINUTE
PHONE = "+46 10 555 01 00"
INTO = "<button>"
"""The button into the room; the other one of the page has a name."""


@pytest.fixture
def anna(forum):
    return forum.confirmed(forum.meeting())


@pytest.fixture
def url(forum, anna):
    return personal(forum, "join", anna)


def look(forum, url, at, language="en"):
    answer = forum.at(at).open(f"{url}?lang={language}")
    assert answer.status_code == 200
    return answer


def present(forum, id):
    return forum.registration(id).present_at


@pytest.mark.parametrize("language", ["sv", "en"])
def test_before_the_window_the_page_says_when_and_a_press_counts_nothing(forum, anna, url, language):
    clock = {"sv": "11.55", "en": "11:55"}[language]
    for at in (START - 8 * DAY, START - HOUR, OPENS - SECOND, OPENS - timedelta(microseconds=1)):
        page = look(forum, url, at, language)
        words = "The door opens at %(clock)s. There will be a button here that takes you into the meeting."
        assert said(words, language, clock=clock) in text_of_page(page.text)
        assert INTO not in page.text
        pressed = forum.open(url, "POST")
        assert pressed.status_code == 409
        assert ROOM not in pressed.text
    assert present(forum, anna) is None


@pytest.mark.parametrize(
    ("before", "refreshes"),
    [(91 * MINUTE, False), (90 * MINUTE + SECOND, False), (90 * MINUTE, True), (16 * MINUTE, True)],
)
def test_only_in_the_last_90_minutes_the_page_looks_again_by_itself(forum, url, before, refreshes):
    page = look(forum, url, START - before)
    assert ("Refresh" in page.headers) is refreshes
    if refreshes:
        assert 0 < int(page.headers["Refresh"]) <= 620


def test_looking_again_finds_the_button_soon_after_the_room_opens_and_then_stops(forum, url):
    moment = START - 90 * MINUTE
    while "Refresh" in (page := look(forum, url, moment)).headers:
        moment += timedelta(seconds=int(page.headers["Refresh"]))
    assert OPENS <= moment <= OPENS + 21 * SECOND
    assert 'method="post"' in page.text
    assert "Refresh" not in look(forum, url, ENDS).headers


@pytest.mark.parametrize("at", [OPENS, START - SECOND, START, START + 49 * MINUTE, ENDS - SECOND])
def test_from_15_minutes_before_until_the_end_a_press_counts_presence_and_leads_into_the_room(forum, anna, url, at):
    before = everything(forum)
    page = look(forum, url, at)
    look(forum, url, at)
    assert everything(forum) == before, "looking counts nothing"
    assert page.text.count(INTO) == 1
    assert ROOM not in page.text, "the room is nowhere in the page before the press"
    assert PHONE not in page.text
    pressed = forum.open(url, "POST")
    assert (pressed.status_code, pressed.headers["Location"]) == (303, ROOM)
    assert pressed.headers["Referrer-Policy"] == "no-referrer"
    assert present(forum, anna) == at


def test_after_the_press_the_page_shows_the_link_and_the_telephone_number(forum, url):
    forum.at(OPENS).open(url, "POST")
    page = look(forum, url, OPENS + MINUTE).text
    assert f'href="{ROOM}"' in page
    assert 'href="tel:+46105550100"' in page
    assert PHONE in page
    assert ROOM not in look(forum, url, ENDS).text, "the room is closed"


def test_without_a_telephone_number_none_is_offered(forum):
    meeting = forum.meeting(room=False)
    set_room(forum.ports, meeting.id, ROOM)
    url = personal(forum, "join", forum.confirmed(meeting))
    forum.at(OPENS).open(url, "POST")
    assert "Dial in" not in look(forum, url, OPENS).text


def test_a_second_press_leads_in_again_and_counts_nothing_more(forum, anna, url):
    forum.at(OPENS).open(url, "POST")
    assert forum.at(START).open(url, "POST").status_code == 303
    assert present(forum, anna) == OPENS


def test_many_presses_at_once_count_one_person_once(forum, anna, url):
    forum.at(OPENS)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: forum.open(url, "POST").status_code, range(36)))
    assert set(answers) == {303}
    assert present(forum, anna) == OPENS
    assert len([each for each in _all(forum) if each.present_at]) == 1


def _all(forum):
    from dela.attending.registration import Registration

    return forum.ports.store.query(Registration, Query())


def test_the_room_is_nowhere_but_behind_the_button(forum, anna, url):
    """Not in a mail, a calendar file, a log line or another page, through the whole journey."""
    forum.travel(ENDS + DAY)
    forum.at(OPENS).open(url, "POST")
    forum.travel(ENDS + 2 * DAY)
    assert forum.mails
    for mail in forum.mails:
        for part in mail.walk():
            if not part.is_multipart():
                assert b"secret-room" not in part.get_payload(decode=True)
                assert b"555 01 00" not in part.get_payload(decode=True).replace(b"063-555 01 00", b"")
    assert not [line for line in forum.log.lines if "secret-room" in line]
    for purpose in ("confirm", "manage", "calendar", "unsubscribe", "own_data"):
        assert "secret-room" not in forum.open(personal(forum, purpose, anna)).text


def test_the_room_may_change_until_the_last_minute_without_a_mail(forum, anna, url):
    forum.travel(START - MINUTE)
    mails = len(forum.mails)
    forum.open(url, "POST")
    set_room(forum.ports, "2026-1", "https://meet.example.org/another", "+46 10 555 02 00")
    forum.run()
    assert forum.open(url, "POST").headers["Location"] == "https://meet.example.org/another"
    page = look(forum, url, START).text
    assert "https://meet.example.org/another" in page
    assert "+46 10 555 02 00" in page
    assert ROOM not in page
    forum.run()
    assert len(forum.mails) == mails


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_room_that_is_not_set_yet_is_waited_for(forum, language):
    meeting = forum.meeting(room=False)
    id = forum.confirmed(meeting)
    url = personal(forum, "join", id)
    page = look(forum, url, START, language)
    words = "The room is being made ready. This page looks again by itself every half minute."
    assert said(words, language) in text_of_page(page.text)
    assert 30 <= int(page.headers["Refresh"]) <= 60
    assert INTO not in page.text
    assert forum.open(url, "POST").status_code == 409
    assert present(forum, id) is None
    set_room(forum.ports, meeting.id, ROOM)
    assert forum.open(url, "POST").status_code == 303


# The agenda


def agenda(page):
    return page.text.partition('<ol id="agenda">')[2].partition("</ol>")[0]


@pytest.mark.parametrize("before", [timedelta(microseconds=1), SECOND, MINUTE, 10 * DAY])
def test_not_one_second_before_the_start_is_there_an_agenda(forum, url, before):
    page = look(forum, url, START - before)
    assert 'id="agenda"' not in page.text
    assert "Hulda" not in page.text


@pytest.mark.parametrize("after", [timedelta(0), SECOND, 49 * MINUTE, DAY])
def test_from_the_start_on_the_agenda_is_an_ordered_list(forum, url, after):
    lines = agenda(look(forum, url, START + after)).split("<li>")[1:]
    for line, item in zip(lines, agenda_of(forum.present_meeting("2026-1")), strict=True):
        assert all(word in line for word in (item.name, item.organisation, item.subject))


def test_the_agenda_is_in_its_order_and_its_words_are_escaped(forum, url):
    items = {"2026-1.1": 9, "2026-1.2": 4, "2026-1.3": 7}

    def shuffle(store):
        for id, position in items.items():
            name = f"<script>{position}</script>"
            store.put(AgendaItem(id=id, meeting="2026-1", position=position, name=name, organisation="&", subject="x"))

    forum.ports.store.transact(shuffle)
    shown = agenda(look(forum, url, START))
    assert "<script>" not in shown
    assert [shown.index(f"&lt;script&gt;{position}") for position in (4, 7, 9)] == sorted(
        shown.index(f"&lt;script&gt;{position}") for position in (4, 7, 9)
    )


def test_who_has_not_confirmed_or_has_left_is_shown_no_agenda(forum, anna, url):
    pending = forum.sign_up(forum.present_meeting("2026-1"), "other@example.org")
    leave(forum.ports, anna, forum.now)
    for link in (url, personal(forum, "join", pending)):
        assert 'id="agenda"' not in look(forum, link, START).text


def test_a_cancelled_meeting_never_shows_what_it_would_have_been(forum, url):
    cancel_meeting(forum.ports, "2026-1", forum.now)
    assert 'id="agenda"' not in look(forum, url, START + HOUR).text


def test_moving_a_meeting_moves_the_moment_of_the_agenda(forum, url):
    move_meeting(forum.ports, "2026-1", START + DAY, forum.now)
    assert 'id="agenda"' not in look(forum, url, START + HOUR).text
    assert 'id="agenda"' not in look(forum, url, START + DAY - SECOND).text
    assert 'id="agenda"' in look(forum, url, START + DAY).text


# Kind words


@pytest.mark.parametrize("language", ["sv", "en"])
def test_late_ended_cancelled_and_moved_meetings_each_say_so_kindly(forum, anna, url, language):
    other = forum.meeting(START + 90 * DAY)

    def words(at):
        return text_of_page(look(forum, url, at, language).text)

    assert said("The meeting has begun. Just come in, you are welcome.", language) in words(START + MINUTE)
    assert said("The meeting has begun. Just come in, you are welcome.", language) not in words(START - MINUTE)
    assert said("We missed you", language) in words(ENDS)
    assert links_of(forum).page(other.id, language) in look(forum, url, ENDS, language).text
    forum.at(START).open(url, "POST")
    assert said("Thank you for being there", language) in words(ENDS)
    assert forum.open(url, "POST").status_code == 409, "it is over"

    forum.at(START - HOUR)
    move_meeting(forum.ports, "2026-1", START + DAY, forum.now)
    old = {
        "sv": {"day": "torsdag 3 december 2026", "clock": "12.10"},
        "en": {"day": "Thursday 3 December 2026", "clock": "12:10"},
    }
    assert said("This meeting has been moved. It was to be on %(day)s, %(clock)s.", language, **old[language]) in words(
        START
    )
    cancel_meeting(forum.ports, "2026-1", forum.now)
    assert said("This meeting has been called off", language) in words(START)
    assert links_of(forum).page(other.id, language) in look(forum, url, START, language).text
    assert forum.open(url, "POST").status_code == 409
    assert present(forum, anna) == START


@pytest.mark.parametrize("language", ["sv", "en"])
def test_those_to_whom_a_mail_was_forwarded_may_sign_up_themselves(forum, url, language):
    for at in (START - DAY, START):
        page = look(forum, url, at, language)
        assert said("Not %(name)s?", language, name="Anna Andersson") in text_of_page(page.text)
        assert f'<a href="{links_of(forum).page(None, language)}">{said("Sign up yourself", language)}</a>' in page.text


def test_who_left_is_told_and_may_sign_up_again(forum, anna, url):
    leave(forum.ports, anna, forum.now)
    page = look(forum, url, START)
    assert "You have no place at this meeting" in page.text
    assert links_of(forum).page("2026-1", "en") in page.text
    assert forum.open(url, "POST").status_code == 409


def test_whose_data_are_erased_finds_nothing(forum, anna, url):
    from dela.attending.own_data import erase

    erase(forum.ports, anna)
    for method in ("GET", "POST"):
        assert forum.at(START).open(url, method).status_code == 404
