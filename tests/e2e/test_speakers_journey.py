"""The journey of a meeting's speakers, at home and in the cloud: real processes, mails and links."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dela.meetings.meeting import Meeting
from dela.meetings.run_meetings import plan_meeting, set_room
from dela.speaking.answer import Choice, answer
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.invite import Wanted, invite
from dela.speaking.places import held_places
from dela.store.contract import Query
from tests.e2e.test_journeys import ANNA, ROOM, confirmed
from tests.support.forum import link, text_of
from tests.support.homes import Home
from tests.support.process import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud")]

KARIN = "karin@forum.test"
DAY = timedelta(days=1)


def asked(home: Home, meeting: Meeting, number: int) -> str:
    told = {"organisation": f"Hulda-Hemlig-{number} AB", "municipality": "Berg", "language": "sv"}
    wanted = Wanted(email=f"talare{number}@example.org", name=f"Hulda-Hemlig-{number}", **told)
    return invite(home.ports, meeting.id, wanted, datetime.now(UTC)).id


def mails(home: Home, address: str) -> list:
    return [mail.read() for mail in home.mails_to(address)]


def invitation(home: Home, id: str) -> Invitation:
    found = home.ports.store.get(Invitation, id)
    assert found is not None
    return found


def present(home: Home, id: str) -> Meeting:
    found = home.ports.store.get(Meeting, id)
    assert found is not None
    return found


def test_from_the_invitation_to_the_reveal_and_never_more_than_four(home):
    home.secrets = ["Hulda-Hemlig", "talare0@example.org", ROOM, ANNA["email"]]
    now = datetime.now(UTC)
    meeting = set_room(home.ports, plan_meeting(home.ports, now + 40 * DAY, now).id, ROOM)
    ids = [asked(home, meeting, number) for number in range(7)]
    home.schedule("reminders")
    assert len(home.smtp.taken) == 7, "what nobody woke, the schedule does"
    url = link(mails(home, "talare0@example.org")[0], "/invitation/")
    for method in ("GET", "HEAD"):
        assert home.visit(url, method).status == 200
    assert home.press(url, action="answer").status == 422
    assert invitation(home, ids[0]).state is InvitationState.ASKED

    links = [link(mails(home, f"talare{number}@example.org")[0], "/invitation/") for number in range(6)]
    with ThreadPoolExecutor(6) as people:
        presses = [people.submit(home.press, each, action="answer", answer="yes") for each in links for _ in range(2)]
    assert {press.result().status for press in presses} <= {200, 409, 503}
    home.settle()
    while len(held_places(home.ports.store, meeting.id)) < 4:
        for each in links:
            home.press(each, action="answer", answer="yes")
    home.settle()
    speaking = [each for each in home.ports.store.query(Invitation, Query()) if each.speaks]
    assert len(speaking) == len(held_places(home.ports.store, meeting.id)) == 4
    told = [str(mail["Subject"]) for mail in mails(home, KARIN)]
    assert len(told) == len(set(told)) == 4, "each state once, whoever pressed how often"
    for each in speaking:
        assert len(home.mails_to(each.email)) == 2

    first = links[ids.index(speaking[0].id)]
    assert home.press(first, action="share", title="Hulda-Hemlig-ämne", day_phone="070-1").status == 200
    home.pass_time(timedelta(days=4, hours=23))
    home.schedule("reminders", at_once=2)
    assert len(home.mails_to("talare6@example.org")) == 1
    home.pass_time(timedelta(hours=2))
    home.schedule("reminders", at_once=2)
    assert len(home.mails_to("talare6@example.org")) == 2, "nudged once, however many triggers"
    home.pass_time(timedelta(days=10))
    home.schedule("reminders", at_once=2)
    assert invitation(home, ids[6]).state is InvitationState.EXPIRED
    assert len(home.mails_to("talare6@example.org")) == 2

    join = link(confirmed(home, ANNA), "/join/")
    starts_at = present(home, meeting.id).starts_at
    home.pass_time_until(starts_at - timedelta(minutes=30))
    assert "Hulda-Hemlig" not in home.visit(join).text + home.visit("/signup/" + meeting.id).text
    own = link(mails(home, speaking[0].email)[1], "/invitation/join/")
    entered = home.press(own)
    assert (entered.status, entered.headers["Location"]) == (303, ROOM)
    home.pass_time_until(present(home, meeting.id).starts_at + timedelta(seconds=1))
    shown = home.visit(join).text
    assert all(each.name in shown for each in speaking)
    assert "Hulda-Hemlig-ämne" in shown


def test_what_the_coordinator_enters_is_mailed_and_a_moved_meeting_asks_anew(home):
    from dela.meetings.run_meetings import move_meeting

    now = datetime.now(UTC)
    meeting = plan_meeting(home.ports, now + 60 * DAY, now)
    id = asked(home, meeting, 1)
    answer(home.ports, id, Choice.YES, now, by="coordinator")
    home.schedule("reminders")
    assert "Karin" in text_of(mails(home, "talare1@example.org")[-1])
    move_meeting(home.ports, meeting.id, meeting.starts_at + DAY, datetime.now(UTC))
    until(lambda: len(home.mails_to("talare1@example.org")) >= 2, telling=home.output)
    home.settle()
    url = link(mails(home, "talare1@example.org")[-1], "/invitation/")
    assert invitation(home, id).state is InvitationState.ASKED_AGAIN
    assert home.press(url, action="answer", answer="yes").status == 200
    assert invitation(home, id).state is InvitationState.CONFIRMED
