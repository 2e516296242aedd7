"""One unreadable document stops nobody: whatever it is, everybody else's mails, pages, export and erasure go on."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.confirm import confirm_for_next
from dela.attending.counting import figures_of
from dela.attending.enter_room import enter_room
from dela.attending.leave import leave
from dela.attending.mails import MAILS
from dela.attending.registration import Registration
from dela.duties.run_duties import plan_mails, retain
from dela.duties.status import status_of, unreadable
from dela.errors import Unreadable
from dela.mailing.deliver import deliver
from dela.mailing.duty import QUARTER_HOURLY, Duty
from dela.mailing.ledger import AudiencePage, Heartbeat, Message, Pace
from dela.mailing.planning import PLAN_DUE
from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import cancel_meeting, move_meeting, plan_meeting
from dela.operating.advice import about_unreadable
from dela.operating.finding import Level
from dela.ports import Declared
from dela.store.contract import Query
from dela.store.documents import instant_text
from tests.support.forum import FORM, START, Forum
from tests.support.visits import personal

DAY = timedelta(days=1)
OTHER = START + 90 * DAY
OTHERS = "xy"
SPOILT = {
    "agenda": "position",
    "figures": "confirmed",
    "heartbeats": "at",
    "meetings": "minutes",
    "messages": "attempts",
    "pages": "lead",
    "plans": "people",
    "registrations": "attempt",
}


def stored(forum) -> dict[str, dict]:
    """COLLECTION/ID and what is stored there, read without the program."""
    with closing(sqlite3.connect(forum.settings.sqlite_path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            f"{table}/{id}": json.loads(body)
            for table in tables
            if table != "wakeups"
            for id, body in connection.execute(f"SELECT id, body FROM {table}")
        }


def change(forum, collection: str, like: str, **fields) -> int:
    """Write into the stored fields of documents whose id is like this, as another program would."""
    with closing(sqlite3.connect(forum.settings.sqlite_path)) as connection, connection:
        changed = 0
        for field, value in fields.items():
            sql = f"UPDATE {collection} SET body = json_set(body, '$.{field}', json(?)) WHERE id LIKE ?"
            changed += connection.execute(sql, (json.dumps(value), like)).rowcount
        return changed


def person_of(id: str) -> str:
    return id.rpartition(".")[2]


def sent(forum, *addresses: str) -> list[tuple[str, str]]:
    return sorted(
        (each, str(mail["Message-ID"])) for each in addresses for mail in forum.mails_to(f"{each}@example.org")
    )


def life(folder, spoil=None) -> Forum:
    """Two meetings with their people; `spoil` does its harm to the first once its reminder is planned."""
    forum = Forum(folder)
    near, far = forum.meeting(), forum.meeting(START + DAY)
    for meeting, names in ((near, "abc"), (far, OTHERS)):
        for name in names:
            forum.confirmed(meeting, f"{name}@example.org")
    forum.run().at(START - 7 * DAY - timedelta(minutes=5)).run()
    if spoil is not None:
        spoil(forum, near.id)
    for moment in (START - 7 * DAY, START - 6 * DAY, START - DAY, START, START + DAY, START + 2 * DAY):
        forum.at(moment).run()
    return forum


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    forum = life(tmp_path_factory.mktemp("whole"))
    yield sent(forum, *OTHERS)
    forum.close()


@pytest.mark.parametrize("collection", SPOILT)
def test_what_is_spoilt_of_one_meeting_changes_nothing_for_another(tmp_path, collection, whole, caplog):
    def spoil(forum, near):
        if collection == "figures":
            forum.ports.store.create(figures_of(forum.ports.store, near, forum.settings, forum.now))
        like = "%" if collection == "heartbeats" else f"%{near}%"
        assert change(forum, collection, like, **{SPOILT[collection]: "?"})

    spoilt = life(tmp_path, spoil)

    assert not [record for record in caplog.records if "could not be done" in record.getMessage()]
    assert sent(spoilt, *OTHERS) == whole
    assert len(whole) == 6
    assert set(status_of(spoilt.ports, spoilt.now).last_runs.values()) == {spoilt.now}
    spoilt.at(OTHER + 400 * DAY).run()
    left = [name for name in stored(spoilt) if name.startswith(("registrations/", "messages/"))]
    assert left == [] or collection == "meetings", "without its end nobody knows how long to keep its people"
    spoilt.close()


@pytest.fixture
def people(forum):
    """Ids of three confirmed people, whose mails have left, in the order in which a page reads them."""
    meeting = forum.meeting()
    ids = [forum.confirmed(meeting, f"p{number}@example.org") for number in range(3)]
    forum.run()
    return sorted(ids, key=person_of)


@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("at_once", [1, 100])
def test_an_audience_goes_on_past_one_who_cant_be_read(forum, people, broken, at_once, monkeypatch):
    monkeypatch.setattr("dela.mailing.audience_readers.LARGEST", at_once)
    change(forum, "registrations", people[broken], attempt="?")
    before = len(forum.mails)

    forum.travel(START - 7 * DAY)

    assert len(forum.mails) - before == 2
    assert forum.ports.store.count(AudiencePage, Query(range_field="due_at", at_least="")) == 0, "it is done"


def test_who_has_a_reminder_recorded_in_a_form_that_cant_be_read_gets_no_second_one(forum, people):
    forum.travel(START - 7 * DAY)
    before = len(forum.mails)
    again = {"state": "of tomorrow"}
    assert change(forum, "messages", "reminder%", **again) == 3
    due = (START - 7 * DAY).isoformat()
    change(forum, "pages", "reminder%", due_at=due.replace("+00:00", ".000000Z"), cursor="", taken=1)

    assert "unreadable" not in deliver(forum.later(minutes=1).ports, None)

    assert len(forum.mails) == before
    assert forum.ports.store.count(AudiencePage, Query(range_field="due_at", at_least="")) == 0, "it was worked on"


def test_a_mail_that_cant_be_read_holds_up_no_other(forum, people):
    leave(forum.ports, people[0], forum.now)
    for number in range(30):
        forum.sign_up(forum.present_meeting("2026-1"), f"new{number}@example.org")
    spoilt = [name.removeprefix("messages/") for name, held in stored(forum).items() if held.get("due_at")][::2]
    for id in spoilt:
        assert change(forum, "messages", id, attempts="?") == 1
    before = len(forum.later(minutes=1).mails)

    assert deliver(forum.ports, f"message:{spoilt[0]}") == {"unreadable": 1}, "nothing that is to be repeated"
    assert deliver(forum.ports, None) == {"sent": 15}
    forum.deliver()

    assert len(forum.mails) - before == 15


def test_a_mail_whose_reader_or_meeting_cant_be_read_is_tried_again_until_it_is_of_no_use(forum, people):
    leave(forum.ports, people[0], forum.now)
    language = forum.registration(people[1]).language
    change(forum, "registrations", people[0], language=7)
    before = len(forum.mails)
    for _ in range(5):
        forum.run().later(minutes=10)
    assert len(forum.mails) == before
    left = next(held for name, held in stored(forum).items() if name.startswith("messages/left."))
    assert (left["attempts"] > 1, left["outcome"]) == (True, "a document of registrations can't be read (language)")
    change(forum, "registrations", people[0], language=language)
    forum.later(hours=1).run()
    assert len(forum.mails) == before + 1, "a newer program, or a careful hand, made it readable"


def test_a_mail_to_many_about_a_meeting_that_cant_be_read_waits_with_growing_pauses(forum, people):
    plan_mails(forum.ports, START - 7 * DAY - timedelta(minutes=5))
    change(forum, "meetings", "2026-1", minutes="?")
    forum.at(START - 7 * DAY).deliver()

    (page,) = [held for name, held in stored(forum).items() if name.startswith("pages/")]

    assert (page["attempts"], page["outcome"]) == (1, "a document of meetings can't be read (minutes)")
    assert page["due_at"] > instant_text(START - 7 * DAY)


def test_a_persons_data_are_exported_and_erased_although_some_cant_be_read(forum, people):
    mine, other = people[0], people[1]
    url = personal(forum, "own_data", mine)
    change(forum, "messages", f"%{person_of(mine)}", state="of tomorrow")
    change(forum, "messages", f"%{person_of(mine)}", reason="of_tomorrow")

    told = forum.open(url, "POST", data={"action": "export"})

    assert told.status_code == 200
    assert [each["email"] for each in told.json["registrations"]] == [forum.registration(mine).email]
    assert told.json["unreadable"] == {"mails": 2}
    assert "unreadable" not in forum.open(personal(forum, "own_data", other), "POST", data={"action": "export"}).json
    assert forum.open(url, "POST", data={"action": "erase"}).status_code == 200
    assert [name for name in stored(forum) if person_of(mine) in name] == []
    assert len(forum.ports.store.query(Registration, Query())) == 2


def test_a_reason_that_this_version_does_not_know_stops_nobody(forum, people):
    """It made that person's export and erasure answer 500, and the demo's clock 503."""
    mine = people[0]
    leave(forum.ports, mine, forum.now)
    change(forum, "messages", "left%", reason="of_tomorrow")
    before = len(forum.mails)

    forum.run().travel(forum.now + DAY)
    assert len(forum.mails) == before, "left alone, for a program that knows it"
    url = personal(forum, "own_data", mine)
    assert forum.open(url, "POST", data={"action": "export"}).json["mails"][-1]["reason"] == "of_tomorrow"
    assert forum.open(url, "POST", data={"action": "erase"}).status_code == 200
    assert [name for name in stored(forum) if person_of(mine) in name] == []
    forum.travel(START + DAY)


@pytest.mark.parametrize("field", ["state", "person"])
def test_who_cant_be_read_themselves_can_be_erased_still(forum, people, field):
    """Whose it is its id says, even where the field that says so is spoilt."""
    url = personal(forum, "own_data", people[0])
    change(forum, "registrations", people[0], **{field: 7})

    assert forum.open(url).status_code == 200
    told = forum.open(url, "POST", data={"action": "export"})
    assert told.json["registrations"] == []
    assert told.json.get("unreadable") == ({"registrations": 1} if field == "state" else None)
    assert len(told.json["mails"]) == 2
    assert forum.open(url, "POST", data={"action": "change"}).status_code == 500
    assert forum.open(url, "POST", data={"action": "erase"}).status_code == 200
    assert [name for name in stored(forum) if person_of(people[0]) in name] == []
    assert forum.open(url).status_code == 404
    assert forum.open(url, "POST", data={"action": "erase"}).status_code == 404


def test_signing_up_tells_nothing_of_a_registration_that_cant_be_read_and_leaves_it(forum, people):
    change(forum, "registrations", people[0], state="of tomorrow")
    before = stored(forum)
    address = before[f"registrations/{people[0]}"]["email"]
    answers = [
        forum.web("signup").post("/signup/2026-1", data={**FORM, "email": each}) for each in (address, "new@x.se")
    ]

    assert [each.status_code for each in answers] == [303, 303]
    assert {name: held for name, held in stored(forum).items() if name in before} == before
    assert not any(person_of(people[0]) in name for name in set(stored(forum)) - set(before))


def test_what_expired_and_cant_be_read_is_erased_with_its_mails(forum):
    meeting = forum.meeting()
    ids = [forum.sign_up(meeting, f"p{number}@example.org") for number in range(3)]
    change(forum, "registrations", ids[1], attempt="?")
    change(forum, "messages", f"%{person_of(ids[1])}", attempts="?")

    retain(forum.ports, forum.later(days=3).now)

    assert [name for name in stored(forum) if name.startswith(("registrations/", "messages/"))] == []


def test_a_meeting_that_cant_be_read_stops_no_other_and_its_number_is_not_given_again(forum):
    first, second = forum.meeting(), forum.meeting(OTHER)
    change(forum, "meetings", first.id, minutes="?")

    assert forum.web("signup").get(f"/signup/{first.id}").status_code == 500
    assert forum.web("signup").get("/signup").status_code == 200
    assert forum.web("signup").get("/signup/meetings.json").json[0]["id"] == second.id
    assert plan_meeting(forum.ports, START + DAY, forum.now).id not in (first.id, second.id)
    assert second.id in [each.meeting.id for each in status_of(forum.ports, forum.now).meetings]
    move_meeting(forum.ports, second.id, OTHER + 2 * DAY, forum.now)
    cancel_meeting(forum.ports, second.id, forum.now)


def test_what_only_paces_or_beats_is_made_anew(tmp_path):
    forum = Forum(tmp_path, mail_rate=60)
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.run()
    assert change(forum, "pace", "%", next_at="?") == 1
    assert change(forum, "heartbeats", "%", at="?") == 2

    assert all(run is None for run in status_of(forum.ports, forum.now).last_runs.values())
    forum.confirmed(meeting, "two@example.org")
    forum.later(minutes=5).run()

    assert len(forum.mails_to("two@example.org")) == 1
    assert forum.ports.store.get(Heartbeat, "reminders").at == forum.now
    assert forum.ports.store.get(Pace, "mail") is not None
    forum.close()


def test_status_counts_what_cant_be_read_and_shows_nothing_of_it(forum, people):
    assert unreadable(forum.ports) == {}
    assert list(about_unreadable({})) == []
    change(forum, "registrations", people[0], state="of tomorrow", name="Somebody")
    change(forum, "messages", "confirmed%", attempts="?")

    found = unreadable(forum.ports)
    assert found == {"messages": 3, "registrations": 1}
    (finding,) = about_unreadable(found)
    assert finding.level is Level.BAD
    assert "3 of messages, 1 of registrations" in finding.text
    assert status_of(forum.ports, forum.now).next_meeting.confirmed == 2


def test_a_duty_that_cant_be_done_keeps_none_of_the_others_from_it(forum, people, caplog):
    def blind(ports, now):
        raise Unreadable("a document of meetings can't be read")

    blinded = Duty(
        name="blind", rhythms=(QUARTER_HOURLY,), irreversible=False, run=blind, moments=lambda ports, now: ()
    )
    duties = (blinded, PLAN_DUE)
    ports = replace(forum.ports, declared=Declared(lambda: (*MAILS, *duties), lambda: ()))

    counts = plan_mails(ports, START - 7 * DAY)

    assert counts == {"blind_unreadable": 1, "planned": 1}
    assert any("blind could not be done" in record.getMessage() for record in caplog.records)
    assert ports.store.get(Heartbeat, "reminders").at == START - 7 * DAY


def test_who_asks_for_a_link_gets_one_although_the_mail_before_it_cant_be_read(forum, people):
    ask_for_own_data(forum.ports, people[0], forum.now)
    assert change(forum, "messages", "own_data%", attempts="?") == 1
    before = len(forum.mails)

    ask_for_own_data(forum.ports, people[0], forum.now)
    forum.deliver()

    assert len(forum.mails) == before + 1


def test_who_goes_to_another_meeting_passes_over_one_where_they_cant_be_read(forum, people):
    near = forum.present_meeting("2026-1")
    middle, far = forum.meeting(OTHER), forum.meeting(OTHER + DAY)
    there = forum.confirmed(middle, "p0@example.org")
    change(forum, "registrations", there, state="of tomorrow")
    again = forum.registration(next(each for each in people if person_of(each) == person_of(there)))
    cancel_meeting(forum.ports, near.id, forum.now)

    assert confirm_for_next(forum.ports, again.id, forum.now).meeting == far.id


def test_a_life_of_changes_keeps_the_fields_of_a_newer_program(forum, people):
    """The other one's documents, changed by this one in every way: none loses what this one does not know."""
    meeting = forum.present_meeting("2026-1")
    waiting = forum.sign_up(meeting, "waiting@example.org")
    forum.at(START - 7 * DAY - timedelta(minutes=10)).run()
    before = stored(forum)
    assert {name.split("/")[0] for name in before} >= {"agenda", "heartbeats", "meetings", "messages", "pages", "plans"}
    for collection in {name.split("/")[0] for name in before}:
        change(forum, collection, "%", of_tomorrow={"x": [1, None]})

    forum.travel(START - 6 * DAY)
    leave(forum.ports, people[0], forum.now)
    forum.open(personal(forum, "manage", people[1]), "POST", data={"action": "change", **FORM, "name": "Another"})
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.travel(START + DAY)
    enter_room(forum.ports, people[1], forum.now)
    forum.travel(START + 3 * DAY)

    after = stored(forum)
    changed = [
        name for name in before if name in after and after[name] != {**before[name], "of_tomorrow": {"x": [1, None]}}
    ]
    assert {name.split("/")[0] for name in changed} == {"heartbeats", "meetings", "pages", "registrations"}
    assert [name for name in before if name in after and "of_tomorrow" not in after[name]] == []
    assert waiting not in {name.split("/")[1] for name in after}


def test_a_new_sign_up_in_an_old_ones_place_keeps_no_field_of_it(forum, people):
    meeting = forum.present_meeting("2026-1")
    change(forum, "registrations", "%", of_tomorrow=1)
    leave(forum.ports, people[0], forum.now)
    assert stored(forum)[f"registrations/{people[0]}"]["of_tomorrow"] == 1

    forum.later(hours=1).sign_up(meeting, forum.registration(people[0]).email)

    assert "of_tomorrow" not in stored(forum)[f"registrations/{people[0]}"]
    assert stored(forum)[f"registrations/{people[1]}"]["of_tomorrow"] == 1
    assert forum.ports.store.count(Meeting, Query()) == 1
    assert forum.ports.store.count(Message, Query()) >= 4
