"""The journeys of an attendee and of a meeting, at home and in the cloud: real processes, mails and links."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from dela.attending.figures import Figures
from dela.attending.registration import Registration, RegistrationState
from dela.mailing.ledger import Message
from dela.meetings.meeting import Meeting
from dela.meetings.reminder_times import reminders_of
from dela.meetings.run_meetings import cancel_meeting, move_meeting, plan_meeting, set_room
from dela.speaking.agenda import AgendaItem
from dela.store.contract import Query
from dela.store.identity import person_id, registration_id
from tests.support.everything import snapshot
from tests.support.forum import calendar_of, link, text_of
from tests.support.homes import Home
from tests.support.process import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud")]

ROOM = "https://meet.example.org/the-secret-room"
PHONE = "+46 10 555 01 00"
ANNA = {
    "name": "Anna Åkesdotter",
    "email": "anna@example.org",
    "organisation": "Annas Bageri",
    "municipality": "Åre",
    "language": "sv",
}
BERIT = {**ANNA, "name": "Berit Byström", "email": "berit@example.org", "language": "en", "municipality": "Berg"}
DAY = timedelta(days=1)


def a_meeting(home: Home, ahead: timedelta = timedelta(days=8), **more) -> Meeting:
    now = datetime.now(UTC)
    meeting = set_room(home.ports, plan_meeting(home.ports, now + ahead, now, **more).id, ROOM, PHONE)
    for position, name in enumerate(("Hulda Hemlig", "Göran Gåta", "Siv Surprise"), 1):
        item = {"meeting": meeting.id, "position": position, "name": name, "organisation": f"{name}s verkstad"}
        home.ports.store.create(
            AgendaItem(id=f"{meeting.id}.{position}", **item, subject="Ett okänt ämne", consent=True)
        )
    return meeting


def present(home: Home, meeting: Meeting) -> Meeting:
    found = home.ports.store.get(Meeting, meeting.id)
    assert found is not None
    return found


def registration(home: Home, meeting: Meeting, address: str) -> Registration | None:
    person = person_id(home.ports.settings.identity_key, address)
    return home.ports.store.get(Registration, registration_id(meeting.id, person))


def mails(home: Home, address: str) -> list:
    return [mail.read() for mail in home.mails_to(address)]


def signed_up(home: Home, person: dict[str, str]) -> str:
    """Sign up by form; the link of the mail that comes."""
    assert home.press("/signup", **person).status == 303
    until(lambda: home.mails_to(person["email"]), telling=home.output)
    return link(mails(home, person["email"])[-1], "/confirm/")


def confirmed(home: Home, person: dict[str, str]):
    """Sign up and confirm; the mail that says so."""
    confirm = signed_up(home, person)
    before = len(home.mails_to(person["email"]))
    assert home.press(confirm).status == 303
    until(lambda: len(home.mails_to(person["email"])) > before, telling=home.output)
    home.settle()
    return mails(home, person["email"])[-1]


def reminder_times(home: Home, meeting: Meeting) -> list[datetime]:
    settings = home.ports.settings
    return [each.due_at for each in reminders_of(present(home, meeting), settings.reminders, settings.zone)]


def to_reminder(home: Home, meeting: Meeting, number: int) -> None:
    """To the time at which a reminder falls due, with the schedule called twice at once.

    A step may take the meeting across a clock change, which moves its reminders by an hour: then it takes another.
    """
    while (due := reminder_times(home, meeting)[number]) > datetime.now(UTC):
        home.pass_time_until(due + timedelta(seconds=1))
    home.schedule("reminders", at_once=2)


def test_a_stranger_becomes_someone_who_was_there(home):
    """From the public page to the room, in both languages, by form and by JSON, each mail once."""
    home.secrets = [ANNA["email"], ANNA["name"], BERIT["email"], BERIT["name"], ROOM]
    meeting = a_meeting(home)

    page = home.visit("/signup?lang=sv")
    assert (page.status, 'lang="sv"' in page.text, "Hulda" in page.text) == (200, True, False)
    anna = signed_up(home, ANNA)
    assert home.visit("/signup/" + meeting.id, "POST", json_=BERIT).status == 202
    until(lambda: home.mails_to(BERIT["email"]), telling=home.output)
    berit = link(mails(home, BERIT["email"])[-1], "/confirm/")
    assert ("/confirm/" in berit, berit.startswith(home.base)) == (True, True)
    for confirm in (anna, berit):
        for method in ("GET", "HEAD"):
            assert home.visit(confirm, method).status == 200
    home.settle()
    assert registration(home, meeting, ANNA["email"]).state is RegistrationState.PENDING
    for confirm in (anna, berit):
        assert home.press(confirm).status == 303
    until(lambda: len(home.mails) == 4, telling=home.output)

    mail = mails(home, ANNA["email"])[-1]
    entry = Calendar.from_ical(calendar_of(mail).get_content()).events[0]
    assert entry.start == present(home, meeting).starts_at.replace(microsecond=0) or entry.start.tzinfo is not None
    assert "Karin Norrby" in text_of(mail)
    assert "berit" not in str(mail).lower()
    join = link(mail, "/join/")
    early = home.visit(join)
    assert (early.status, ROOM in early.text, "Hulda" in early.text) == (200, False, False)
    assert home.press(join).status == 409

    for number in range(3):
        to_reminder(home, meeting, number)
        home.schedule("reminders")
        for person in (ANNA, BERIT):
            assert len(home.mails_to(person["email"])) == 3 + number
    assert [str(mail["Content-Language"]) for mail in mails(home, BERIT["email"])] == ["en"] * 5

    home.pass_time_until(present(home, meeting).opens_at + timedelta(seconds=1))
    door = home.visit(join)
    assert (door.status, "<button>" in door.text, ROOM in door.text) == (200, True, False)
    assert registration(home, meeting, ANNA["email"]).present_at is None
    entered = home.press(join)
    assert (entered.status, entered.headers["Location"]) == (303, ROOM)
    first = registration(home, meeting, ANNA["email"]).present_at
    assert home.press(join).status == 303
    assert registration(home, meeting, ANNA["email"]).present_at == first is not None
    inside = home.visit(join)
    assert (ROOM in inside.text, PHONE in inside.text, "Hulda" in inside.text) == (True, True, False)

    home.pass_time_until(present(home, meeting).starts_at + timedelta(seconds=1))
    agenda = home.visit(join).text
    assert 'id="agenda"' in agenda
    assert all(name in agenda for name in ("Hulda Hemlig", "Göran Gåta", "Siv Surprise"))

    home.pass_time_until(present(home, meeting).ends_at + timedelta(seconds=1))
    home.schedule("reminders", at_once=2)
    figures = home.ports.store.get(Figures, meeting.id)
    assert (figures.confirmed, figures.present) == (2, 1)
    assert len(home.mails) == 10


def test_who_leaves_is_taken_out_of_the_calendar_and_out_of_the_reminders(home):
    meeting = a_meeting(home)
    mail = confirmed(home, ANNA)

    left = home.press(link(mail, "/manage/"), action="leave")
    assert left.status == 200
    until(lambda: len(home.mails_to(ANNA["email"])) == 3, telling=home.output)
    last = mails(home, ANNA["email"])[-1]
    assert calendar_of(last).get_param("method") == "CANCEL"
    to_reminder(home, meeting, 0)

    assert len(home.mails) == 3
    assert home.press(link(mail, "/join/")).status == 409


def test_one_click_in_a_mail_program_unsubscribes_without_a_mail(home):
    meeting = a_meeting(home)
    confirmed(home, ANNA)
    to_reminder(home, meeting, 0)
    reminder = mails(home, ANNA["email"])[-1]
    address = reminder["List-Unsubscribe"].strip("<>")
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    assert home.visit(address).status == 200
    assert registration(home, meeting, ANNA["email"]).confirmed
    assert home.press(address, **{"List-Unsubscribe": "One-Click"}).status == 200

    assert not registration(home, meeting, ANNA["email"]).confirmed
    to_reminder(home, meeting, 1)
    assert len(home.mails) == 3


def test_a_meeting_that_moves_and_is_called_off_corrects_every_calendar(home):
    meeting = a_meeting(home)
    confirmed(home, ANNA)
    confirmed(home, BERIT)
    home.pass_time(timedelta(minutes=1))

    now = datetime.now(UTC)
    move_meeting(home.ports, meeting.id, present(home, meeting).starts_at + timedelta(days=3), now)
    until(lambda: len(home.mails) == 6, telling=home.output)
    moved = mails(home, ANNA["email"])[-1]
    assert "SEQUENCE:1" in calendar_of(moved).get_content()
    to_reminder(home, meeting, 0)
    assert len(home.mails) == 8

    home.settle()
    cancel_meeting(home.ports, meeting.id, datetime.now(UTC))
    until(lambda: len(home.mails) == 10, telling=home.output)
    off = mails(home, BERIT["email"])[-1]
    assert calendar_of(off).get_param("method") == "CANCEL"
    assert "SEQUENCE:2" in calendar_of(off).get_content()
    home.settle()
    home.pass_time(timedelta(days=10))
    home.schedule("reminders", at_once=2)
    assert len(home.mails) == 10
    assert home.press(link(moved, "/join/")).status == 409


def test_a_person_takes_their_data_along_and_has_them_erased_by_a_fresh_link(home):
    meeting = a_meeting(home)
    manage = link(confirmed(home, ANNA), "/manage/")

    assert home.press(manage, action="erase").status == 200
    until(lambda: len(home.mails_to(ANNA["email"])) == 3, telling=home.output)
    fresh = link(mails(home, ANNA["email"])[-1], "/manage/")
    assert registration(home, meeting, ANNA["email"]) is not None

    assert home.visit(fresh).status == 200
    data = home.press(fresh, action="export")
    assert (data.status, ANNA["email"] in data.text) == (200, True)
    home.settle()
    assert home.press(fresh, action="erase").status == 200
    assert registration(home, meeting, ANNA["email"]) is None
    assert home.ports.store.query(Message, Query()) == []
    assert home.visit(manage).status == 404


def test_the_last_seat_does_not_go_twice_and_the_next_date_is_offered(home):
    meeting = a_meeting(home, capacity=1)
    later = a_meeting(home, timedelta(days=60))
    links = [signed_up(home, ANNA), signed_up(home, BERIT)]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(home.press, links))

    assert sorted(answer.status for answer in answers) == [303, 409]
    full = next(answer for answer in answers if answer.status == 409)
    assert 'value="next"' in full.text
    taken = links[[answer.status for answer in answers].index(409)]
    assert home.press(taken, action="next").status == 303
    people = [ANNA["email"], BERIT["email"]]
    assert sum(bool((each := registration(home, meeting, one)) and each.confirmed) for one in people) == 1
    assert sum(bool((each := registration(home, later, one)) and each.confirmed) for one in people) == 1


def test_what_is_no_longer_needed_goes_by_itself_and_the_figures_stay(home):
    meeting = a_meeting(home)
    confirmed(home, ANNA)
    signed_up(home, BERIT)
    home.settle()

    home.pass_time(timedelta(hours=48, minutes=1))
    home.schedule("retention", at_once=2)
    assert registration(home, meeting, BERIT["email"]) is None
    assert registration(home, meeting, ANNA["email"]).confirmed
    home.pass_time(timedelta(days=70))
    home.schedule("reminders")
    home.schedule("retention", at_once=2)

    assert registration(home, meeting, ANNA["email"]) is None
    assert home.ports.store.query(Message, Query()) == []
    assert home.ports.store.get(Figures, meeting.id).confirmed == 1


def test_who_confirms_while_the_room_is_open_is_led_to_its_door_and_gets_no_stale_reminder(home):
    a_meeting(home, timedelta(minutes=10))

    confirm = signed_up(home, ANNA)
    led = home.press(confirm)
    home.schedule("reminders", at_once=2)
    until(lambda: len(home.mails) == 2, telling=home.output)
    home.settle()

    assert (led.status, "/join/" in led.headers["Location"]) == (303, True)
    assert home.press(led.headers["Location"]).headers["Location"] == ROOM
    assert len(home.mails) == 2


def test_what_a_person_changes_is_kept_and_decides_the_language_of_their_mails(home):
    meeting = a_meeting(home)
    manage = link(confirmed(home, ANNA), "/manage/")

    changed = {**ANNA, "name": "Anna Nyman", "language": "en", "organisation": ""}
    assert home.press(manage, action="change", **changed).status in (200, 303)
    to_reminder(home, meeting, 0)

    kept = registration(home, meeting, ANNA["email"])
    assert (kept.name, kept.language, kept.confirmed) == ("Anna Nyman", "en", True)
    assert str(mails(home, ANNA["email"])[-1]["Content-Language"]) == "en"


def test_a_mail_server_that_refuses_one_and_puts_off_another_gets_each_mail_once(home):
    a_meeting(home)
    home.smtp.misbehave("RCPT", "451 4.7.1 come back later", times=1, to="anna")
    home.smtp.misbehave("RCPT", "550 5.1.1 no such person", to="berit")
    for person in (ANNA, BERIT):
        assert home.visit("/signup", "POST", json_=person).status == 202
    home.settle()
    assert home.mails == []

    for minutes in (2, 60, 60):
        home.pass_time(timedelta(minutes=minutes))
        home.schedule("reminders")
    home.smtp.behave()

    assert [mail.recipient for mail in home.mails] == [ANNA["email"]]
    asked = [each for each in home.ports.store.query(Message, Query()) if each.reason == "confirm"]
    assert sorted(each.state for each in asked) == ["failed", "sent"]


def test_a_scanner_that_opens_every_link_of_every_mail_changes_nothing(home):
    meeting = a_meeting(home)
    home.visit("/signup", "POST", json_=BERIT)
    home.press(link(confirmed(home, ANNA), "/manage/"), action="export")
    to_reminder(home, meeting, 0)
    until(lambda: len(home.mails) == 5, telling=home.output)
    home.settle()
    before, count = snapshot(home.ports.store), len(home.mails)

    parts = ("/confirm/", "/manage/", "/join/", "/signup?", "/calendar/")
    texts = [text_of(mail.read()) for mail in home.mails]
    found = {word.strip("<>().,") for text in texts for word in text.split() if word.startswith(home.base)}
    found |= {str(mail.read()["List-Unsubscribe"]).strip("<>") for mail in home.mails} - {"None"}
    assert sum(any(part in url for url in found) for part in parts) >= 4
    for url in found:
        for method in ("HEAD", "GET"):
            assert home.visit(url, method).status in (200, 404), url
    home.settle()

    assert snapshot(home.ports.store) == before
    assert len(home.mails) == count


def test_repeated_sign_ups_send_one_mail_and_say_nothing_of_who_is_registered(home):
    a_meeting(home)
    confirmed(home, ANNA)
    home.settle()
    home.pass_time(timedelta(minutes=11))

    answers = [home.visit("/signup", "POST", json_={**ANNA, "email": " ANNA@Example.org "}) for _ in range(3)]
    answers += [home.visit("/signup", "POST", json_=BERIT) for _ in range(2)]
    home.settle()

    assert {(answer.status, answer.text) for answer in answers} == {(202, answers[0].text)}
    assert (len(home.mails_to(ANNA["email"])), len(home.mails_to(BERIT["email"]))) == (3, 1)


@pytest.mark.parametrize(
    "path", ["/__x__", "/%2e%2e", "/.", "/a%2Fb", "/%00", "/" + "x" * 1600, "/%F0%9F%98%80", "/__"]
)
def test_no_path_is_too_odd_for_an_answer(home, path):
    """Some of these are ids that Firestore itself refuses."""
    a_meeting(home)
    for place in ("/signup", "/join", "/signup/confirm"):
        answer = home.visit(place + path)
        assert answer.status in (200, 404, 414), (place, answer.status)
    assert home.visit("/signup" + path, "POST", json_=ANNA).status in (404, 405, 414)


def test_every_path_is_taken_with_and_without_its_function_in_front(cloud):
    """cloudfunctions.net strips the name, run.app has none, and a hosting rewrite passes it on."""
    meeting = a_meeting(cloud)
    at_run_app = cloud.front.addresses["signup"]
    places = ("/signup", "/signup/")
    pages = {cloud.visit(url).text for url in (*places, at_run_app, *(at_run_app + place for place in places))}
    assert len(pages) == 1
    assert cloud.base + "/signup" in pages.pop()

    mail = confirmed(cloud, ANNA)
    token = urlsplit(link(mail, "/join/")).path.rsplit("/", 1)[1]
    for base in (cloud.base + "/join", cloud.front.addresses["join"], cloud.front.addresses["join"] + "/join"):
        assert cloud.visit(f"{base}/{token}").status == 200
    rewritten = cloud.visit(f"{at_run_app}/signup/{meeting.id}", "POST", form=BERIT)
    assert rewritten.headers["Location"].startswith(f"{cloud.base}/signup/{meeting.id}/thanks")
