"""The demo, as a process: a forum's quarter in two minutes, for somebody who has never seen one."""

import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from dela.attending.figures import Figures
from dela.attending.registration import Registration
from dela.mailing.ledger import Message
from dela.meetings.meeting import Meeting
from dela.speaking.agenda import AgendaItem
from dela.store.contract import Query
from dela.store.documents import instant_text
from tests.support.demo import DemoProcess
from tests.support.forum import link
from tests.support.process import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
ZONE = ZoneInfo("Europe/Stockholm")
PERSON = {"name": "Crowd", "municipality": "Berg", "language": "sv"}
TO = re.compile(r'name="to" value="([^"]+)"><button[^>]*>([^<]+)')


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One demo for all tests that only move its time forward."""
    with DemoProcess(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def demo(tmp_path):
    with DemoProcess(tmp_path) as demo:
        yield demo


def moments(demo):
    """What the buttons of the first page are called, and where each leads."""
    return {label: to for to, label in TO.findall(demo.get("/").text)}


def wall(moment):
    """The time on the wall, so that a clock change in between does not count."""
    return moment.astimezone(ZONE).replace(tzinfo=None)


def test_the_demo_is_a_forum_in_the_middle_of_its_year(demo):
    with closing(demo.store()) as store:
        meetings = store.query(Meeting, Query(range_field="starts_at"))
        now = datetime.now(UTC)
        starts = [meeting.starts_at.astimezone(ZONE) for meeting in meetings]
        assert [(start.hour, start.minute) for start in starts] == [(12, 10)] * 4
        past, following = meetings[0], meetings[1]
        assert past.ends_at < now
        assert (starts[1].date() - now.astimezone(ZONE).date()).days == 9
        assert 20 <= store.count(Registration, Query(equal={"meeting": following.id})) <= 30
        assert len(store.query(AgendaItem, Query(equal={"meeting": following.id}))) == 3
        assert store.get(Figures, past.id).registered > 0
    listed = demo.get("/signup/meetings.json").json
    assert [each["id"] for each in listed] == [meeting.id for meeting in meetings[1:]]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_first_page_tells_where_to_click(shared, language):
    page = shared.get("/", language).text
    for path in (f"/signup?lang={language}", f"/demo/mailbox?lang={language}"):
        assert f'href="{shared.url}{path}"' in page
        assert shared.get(path).status == 200
    assert f'<html lang="{language}">' in page


def reminders(demo):
    """The attendees' reminders: all of them are to many."""
    return [mail for mail in demo.mails if "List-Unsubscribe" in mail]


def test_three_speakers_said_yes_and_one_has_not_answered_and_the_clock_shows_what_comes_of_it(demo):
    """A nudge, a call, an expiry, the host's page and the speakers' reminders; then the reveal."""
    page = demo.get("/").text
    speaker, host = (
        re.search(rf'href="{demo.url}(/invitation/{kind}[^"]+)', page)[1] for kind in ("(?!host)", "host/")
    )
    speaker, host = unescape(speaker), unescape(host)
    assert "Nils-Olof Wikström, will you share something?" in demo.get(speaker).text
    assert all(name in demo.get(host).text for name in ("Märta Jonsdotter", "Johan Fjällström", "Elin Bergqvist"))
    steps = moments(demo)
    demo.move(to=steps["One week before"])
    subjects = [str(mail["Subject"]) for mail in demo.mails]
    assert any(subject.startswith("Svara gärna") for subject in subjects)
    assert any(subject.startswith("Att göra: ring Nils-Olof Wikström") for subject in subjects)
    demo.move(to=steps["The meeting starts"])
    subjects = [str(mail["Subject"]) for mail in demo.mails]
    assert any("inget svar i tid" in subject for subject in subjects)
    assert sum(subject.startswith("Du delar med dig") for subject in subjects) == 3 * 3
    assert sum("körschemat" in subject for subject in subjects) == 1
    joining = link(demo.mails_to("anders.0@example.org")[-1], "/join/").removeprefix(demo.url)
    assert "Märta Jonsdotter" in demo.get(joining).text
    demo.move(forward="P80D")
    assert any("det saknas 3 talare" in str(mail["Subject"]) for mail in demo.mails)


def test_the_five_buttons_walk_through_a_meeting_and_everyone_gets_what_is_due_in_order_of_time(demo):
    for label in ("One week before", "The day before", "One hour before", "The meeting starts", "The day after"):
        to = moments(demo)[label]
        answer = demo.post("/demo/clock", {"to": to})
        assert (answer.status, answer.headers["Location"]) == (303, f"{demo.url}/?lang=en")
        assert f"{label} ✓" in demo.get("/").text or label == "The day after"
        if label == "The meeting starts":
            assert len(reminders(demo)) == 3 * 24, "24 people, reminded three times"
    dates = [mail["Date"].datetime for mail in reminders(demo)]
    assert dates == sorted(dates)
    start = datetime.fromisoformat(to) - timedelta(days=1)
    ahead = sorted({round((wall(start) - wall(date)) / timedelta(hours=1)) for date in dates}, reverse=True)
    assert ahead == [7 * 24, 24, 1]
    assert len(moments(demo)) == 5, "then the next meeting's buttons are there"


def test_ninety_days_with_everybody_take_less_than_ten_seconds(demo):
    began, before = monotonic(), demo.move(forward="PT1S")
    now = demo.move(forward="P90D")
    assert monotonic() - began < 10
    assert timedelta(days=90) <= now - before < timedelta(days=90, minutes=1)
    assert len(reminders(demo)) == 3 * 24
    with closing(demo.store()) as store:
        held = store.query(Meeting, Query(range_field="starts_at"))[1]
        assert store.count(Registration, Query(equal={"meeting": held.id})) == 9, "who asked to be told"


def test_its_clock_moves_past_mails_that_this_version_does_not_know_or_cant_read(demo):
    """One of them made it answer 503."""
    demo.move(forward="PT1H")
    for number, spoilt in enumerate(({"reason": "of_tomorrow"}, {"attempts": "?"})):
        demo.sign_up(f"somebody{number}@example.org")
        with closing(demo.store()) as store, closing(sqlite3.connect(demo.data / "dela.sqlite3")) as file, file:
            waiting = {"state": "planned", "due_at": instant_text(datetime.now(UTC)), "lease_until": None, **spoilt}
            id = sorted(store.ids(Message, Query(limit=1000)))[number]
            for name, value in waiting.items():
                sql = f"UPDATE messages SET body = json_set(body, '$.{name}', json(?)) WHERE id = ?"
                file.execute(sql, (json.dumps(value), id))
    before = len(demo.mails)

    demo.move(forward="P9D")

    assert len(demo.mails) - before >= 3 * 24


def test_a_sign_up_is_in_the_mailbox_at_once_and_its_mail_is_shown_as_its_reader_sees_it(shared, browser):
    page = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(f"{shared.url}/signup")
    page.fill("#name", "Örjan Öst")
    page.fill("#email", "orjan@example.org")
    page.select_option("#municipality", "Berg")
    shared.move(forward="PT20S")  # as long as a person takes
    page.click("main button")
    began = monotonic()
    until(lambda: shared.mails_to("orjan@example.org"), 5)
    assert monotonic() - began < 3

    page.goto(f"{shared.url}/demo/mailbox")
    page.click("main li a >> nth=0")
    assert page.inner_text("h1").startswith("Please confirm: ")
    assert "/signup/confirm/" in page.inner_text("pre >> nth=0")
    page.frame_locator("iframe").get_by_text("Confirm my place").click()
    page.wait_for_url("**/signup/confirm/**")
    page.click("main button")
    page.wait_for_selector("text=The place is yours")
    until(lambda: len(shared.mails_to("orjan@example.org")) == 2, 5)
    page.goto(f"{shared.url}/demo/mailbox")
    page.click("main li a >> nth=0")
    assert page.inner_text("h1").startswith("You have a place: ")
    assert page.inner_text("main p a >> nth=1") == "dela.ics"
    page.context.close()


def test_the_mailbox_is_newest_first_page_by_page_with_every_attachment(demo):
    demo.sign_up("nils@example.org")
    until(lambda: demo.mails_to("nils@example.org"))
    demo.post(link(demo.mails[-1], "/confirm/").removeprefix(demo.url), {})
    until(lambda: len(demo.mails) == 2)
    demo.move(forward="P10D")
    first = demo.get("/demo/mailbox").text
    second = demo.get("/demo/mailbox?page=1").text
    shown = [unescape(subject) for subject in re.findall(r"<li><a [^>]+>([^<]+)</a>", first + second)]
    assert shown[:40] == [str(mail["Subject"]) for mail in demo.mails[::-1]][:40]
    last = demo.get(f"/demo/mailbox?page={(len(demo.mails) - 1) // 20}").text
    mail = re.findall(r'<li><a href="([^"?]+)', last)[-2].removeprefix(demo.url)
    calendar = demo.get(f"{mail}/0")
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert calendar.headers["Content-Type"].startswith("text/calendar")
    assert demo.get(f"{mail}/1").status == demo.get("/demo/mailbox/none").status == 404


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"forward": "tomorrow"}, "The clock can&#39;t read this."),
        ({"forward": "P"}, "The clock can&#39;t read this."),
        ({"forward": "-P1D"}, "The clock only goes forward."),
        ({"forward": "P4Y"}, "The clock goes forward three years at most."),
        ({"forward": "P99999999999D"}, "The clock can&#39;t read this."),
        ({"to": "2020-01-01"}, "The clock only goes forward."),
        ({"to": "<b>"}, "The clock can&#39;t read this."),
        ({}, "The clock can&#39;t read this."),
    ],
)
def test_a_time_that_the_clock_cannot_go_to_is_answered_in_words_and_kept(shared, typed, says):
    answer = shared.post("/demo/clock", typed)
    assert answer.status == 422
    assert says in answer.text
    value = next(iter(typed.values()), "P1D")
    assert f'value="{value}"' in unescape(answer.text)
    assert "Klockan" in shared.post("/demo/clock", typed, "sv").text
    program = shared.post_json("/demo/clock", typed)
    assert program.status == 422
    assert program.json["errors"][0]["field"] == next(iter(typed), "forward")


def test_moving_the_clock_while_people_click_breaks_nothing(demo):
    def click(number):
        if number % 10 == 3:
            return demo.post("/demo/clock", {"forward": "P8D"}).status
        if number % 2:
            return demo.post("/signup", {**PERSON, "email": f"crowd{number}@example.org"}).status
        return demo.get(("/", "/demo/mailbox", "/signup")[number % 3]).status

    with ThreadPoolExecutor(8) as people:
        statuses = list(people.map(click, range(60)))
    assert set(statuses) <= {200, 303}
    assert "Traceback" not in demo.process.output
    assert "error" not in demo.process.output
    reminded = [(str(mail["To"]), str(mail["Subject"])) for mail in demo.mails]
    assert len(reminded) == len(set(reminded))


def test_ctrl_c_ends_it_cleanly_and_a_restart_finds_the_same_data_and_time(tmp_path):
    with DemoProcess(tmp_path) as demo:
        demo.sign_up("nils@example.org")
        until(lambda: demo.mails_to("nils@example.org"))
        then = demo.move(forward="P1D")
        assert demo.process.stop() == 0
        assert "Traceback" not in demo.process.output
    with DemoProcess(tmp_path) as demo:
        assert timedelta(0) <= demo.move(forward="PT0S") - then < timedelta(minutes=1)
        assert "nils@example.org" in demo.get("/demo/mailbox").text
        with closing(demo.store()) as store:
            assert store.count(Meeting, Query()) == 4


def test_ctrl_c_while_the_clock_moves_ends_it_cleanly_too(demo):
    with ThreadPoolExecutor(1) as person:
        person.submit(demo.post, "/demo/clock", {"forward": "P1000D"})
        until(lambda: demo.mails)
        assert demo.process.stop() == 0
    assert "Traceback" not in demo.process.output
    sent = [(str(mail["To"]), str(mail["Subject"])) for mail in demo.mails]
    assert len(sent) == len(set(sent))


def test_two_demos_on_one_folder_are_one_forum_with_one_time(tmp_path):
    with DemoProcess(tmp_path) as one, DemoProcess(tmp_path) as other:
        assert one.get("/signup/meetings.json").json[0]["id"] == other.get("/signup/meetings.json").json[0]["id"]
        with ThreadPoolExecutor(2) as both:
            times = list(both.map(lambda demo: demo.move(forward="P10D"), (one, other)))
        until(lambda: one.move(forward="PT0S") >= max(times))
        assert abs(one.move(forward="PT0S") - other.move(forward="PT0S")) < timedelta(seconds=5)
        assert len(reminders(one)) == 3 * 24, "nobody is reminded twice"
        assert "Traceback" not in one.process.output + other.process.output
