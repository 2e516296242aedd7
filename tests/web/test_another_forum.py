"""It must transfer: another region, subject, language, length and zone are settings alone (docs/rules.md)."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from dela.attending.registration import Registration
from dela.store.contract import Query
from tests.support.forum import FORM, Forum, calendar_of, html_of, link, text_of
from tests.support.visits import personal, text_of_page

START = datetime(2026, 12, 3, 10, 10, tzinfo=UTC)
"""12:10 in Kajaani."""
ELSEWHERE = ("Jämtland", "Härjedalen", "Östersund", "digitalisering", "Dela", "Central European")


@pytest.fixture
def kainuu(tmp_path):
    forum = Forum(
        tmp_path,
        name="Jaetaan",
        mail_from="Jaetaan <jaetaan@kainuu.example>",
        region="Kainuu",
        municipalities=("Kajaani", "Kuhmo"),
        subject="forestry",
        language="en",
        time_zone="Europe/Helsinki",
        minutes=40,
        reminders=(timedelta(days=3),),
    )
    yield forum
    forum.close()


def test_pages_the_api_mails_and_calendars_are_all_of_the_other_forum(kainuu):
    meeting = kainuu.meeting(START)
    client = kainuu.web("signup")
    seen = [client.get("/signup").text]
    assert "Thursday 3 December 2026 12:10–12:50" in text_of_page(seen[0]).replace(" · in 9 days", "")
    assert "Eastern European Standard Time" in seen[0]
    for word in ("Kainuu", "Kajaani", "Kuhmo", "40 minutes", "Jaetaan"):
        assert word in seen[0]

    (listed,) = client.get("/signup/meetings.json").json
    assert (listed["starts_at"], listed["minutes"]) == ("2026-12-03T12:10:00+02:00", 40)
    described = client.get("/signup/openapi.json").json
    assert described["components"]["schemas"]["SignUp"]["properties"]["municipality"]["enum"] == [
        "Kajaani",
        "Kuhmo",
        "other",
    ]

    told = {"name": FORM["name"], "email": FORM["email"], "municipality": "Åre"}
    assert client.post("/signup", data=told).status_code == 422
    assert client.post("/signup", data={**told, "municipality": "Kuhmo"}).status_code == 303
    kainuu.deliver()
    assert kainuu.last_mail["Subject"] == "Please confirm: Thursday 3 December 2026"
    kainuu.open(link(kainuu.last_mail, "/confirm/"), "POST")
    kainuu.travel(START - timedelta(days=3))
    (event,) = icalendar.Calendar.from_ical(calendar_of(kainuu.mails[1]).get_payload(decode=True)).walk("VEVENT")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + timedelta(minutes=40))
    assert "Jaetaan" in event["SUMMARY"]
    assert [mail["Subject"].partition(":")[0] for mail in kainuu.mails] == [
        "Please confirm",
        "You have a place",
        "The meeting is in 3 days",
    ]
    assert all(mail["From"].addresses[0].addr_spec == "jaetaan@kainuu.example" for mail in kainuu.mails)
    id = f"{meeting.id}.{kainuu.ports.store.query(Registration, Query())[0].person}"
    seen += [kainuu.at(START).open(personal(kainuu, "join", id)).text]
    assert "about forestry" in seen[1]
    seen += [part for mail in kainuu.mails for part in (text_of(mail), html_of(mail))]
    assert [(word, text) for word in ELSEWHERE for text in seen if word in text] == []
