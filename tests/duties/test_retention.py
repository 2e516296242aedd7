"""What is no longer needed goes by itself; what was counted stays; of a person who is gone nothing is left."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from threading import Thread

import pytest

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.enter_room import enter_room
from dela.attending.figures import Figures
from dela.attending.leave import leave
from dela.attending.own_data import erase, export
from dela.attending.registration import Registration, RegistrationState
from dela.attending.seat import Seat
from dela.declarations import DOCUMENTS
from dela.duties.run_duties import retain
from dela.errors import NotFound
from dela.mailing import deliver_audience
from dela.mailing.ledger import AudiencePage, AudiencePlan, Message
from dela.meetings.closing import close_meeting
from dela.meetings.meeting import Meeting, MeetingState
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.speaking.agenda import AgendaItem
from dela.speaking.invitation import Invitation
from dela.speaking.places import Place
from dela.store import sqlite_log
from dela.store.contract import Query
from dela.store.identity import person_id
from tests.support.forum import START, Forum, link
from tests.support.mail_server import MailServer, away

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
END = START + timedelta(minutes=50)
ADDRESS, NAME, FIRM = "kajsa.unmistakable@example.org", "Kajsa Unmistakable", "Unmistakable AB"


def traces(forum: Forum, *more: str) -> list[str]:
    """The rows of any table of the file in which something of the person stands."""
    person = person_id(forum.settings.identity_key, ADDRESS)
    found = []
    with closing(sqlite3.connect(forum.folder / "dela.sqlite3")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert {"registrations", "messages", "meetings", "wakeups"} <= set(tables)
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                text = " ".join(map(str, row))
                found += [f"{table}: {each}" for each in (ADDRESS, NAME, FIRM, person, *more) if each in text]
    return found


def kajsa(forum, meeting, **wishes):
    return forum.confirmed(meeting, ADDRESS, name=NAME, organisation=FIRM, **wishes)


def counted(forum, meeting):
    return forum.ports.store.get(Figures, meeting.id)


def test_who_never_confirmed_is_erased_after_48_hours_with_the_mails_that_asked(forum):
    meeting = forum.meeting()
    forum.sign_up(meeting, ADDRESS, name=NAME, organisation=FIRM)
    forum.run().later(minutes=20)
    forum.sign_up(meeting, ADDRESS, name=NAME, organisation=FIRM)
    forum.run()
    assert len(forum.mails) == 2

    forum.later(hours=47, minutes=59).run()
    assert traces(forum)

    forum.later(minutes=2).run()
    assert traces(forum) == []


def test_only_who_never_confirmed_is_erased_then(forum):
    meeting = forum.meeting()
    forum.sign_up(meeting, "late@example.org")
    kept = [kajsa(forum, meeting), forum.confirmed(meeting, "left@example.org")]
    leave(forum.ports, kept[1], forum.now)

    forum.deliver().later(hours=49).run()

    left = forum.ports.store.query(Registration, Query())
    assert {each.id for each in left} == set(kept)
    assert forum.ports.store.count(Message, Query()) == 5


def test_a_new_sign_up_after_that_starts_from_nothing(forum):
    meeting = forum.meeting()
    forum.sign_up(meeting, ADDRESS)
    forum.deliver().later(hours=49).run()

    id = forum.sign_up(meeting, ADDRESS)
    forum.run()

    assert forum.registration(id).attempt == 1
    assert len(forum.mails_to(ADDRESS)) == 2


@pytest.mark.parametrize(("days_away", "mailed"), [(3, True), (8, False)])
def test_whose_mail_the_server_does_not_take_is_not_erased_before_it_leaves_for_a_week(forum, days_away, mailed):
    meeting = forum.meeting(START + 10 * DAY)
    server = MailServer(forum)
    server.before = away
    id = forum.sign_up(meeting, ADDRESS)
    forum.travel(forum.now + days_away * DAY)
    server.before = lambda mail: None
    forum.later(hours=2).run()

    assert len(forum.mails_to(ADDRESS)) == mailed
    assert (forum.registration(id) is not None) is mailed
    if mailed:
        forum.later(hours=47).run()
        assert forum.open(link(forum.last_mail, "/confirm/"), "POST").status_code == 303


def test_sixty_days_after_the_meeting_nothing_of_a_person_is_left_anywhere(forum):
    meeting = forum.meeting()
    id = kajsa(forum, meeting)
    forum.crowd(meeting, 3)
    ask_for_own_data(forum.ports, id, forum.now)
    forum.travel(START - HOUR)
    enter_room(forum.ports, id, START)
    forum.travel(START + 59 * DAY)
    assert traces(forum)

    forum.travel(END + 61 * DAY)

    assert traces(forum) == []
    for kind in (Registration, Message, AudiencePage, AudiencePlan):
        assert forum.ports.store.count(kind, Query()) == 0, kind.collection
    assert forum.ports.queue.waiting() == 0
    assert forum.ports.store.count(Meeting, Query()) == 1, "the meeting itself stays"


def test_who_wants_to_hear_of_the_next_meeting_is_kept_for_a_year_and_not_longer(forum):
    meeting = forum.meeting()
    id = kajsa(forum, meeting, notify_next=True)
    forum.confirmed(meeting, "other@example.org")

    forum.travel(END + 364 * DAY)
    assert [each.id for each in forum.ports.store.query(Registration, Query())] == [id]
    assert forum.ports.store.count(Message, Query()) == 0

    forum.travel(END + 366 * DAY)
    assert traces(forum) == []


def test_the_times_are_settings(tmp_path):
    forum = Forum(tmp_path, keep_registrations_days=10, keep_contacts_days=20)
    meeting = forum.meeting()
    kajsa(forum, meeting, notify_next=True)
    other = forum.confirmed(meeting, "other@example.org")

    forum.at(END + 9 * DAY).run()
    assert forum.registration(other)
    forum.at(END + 11 * DAY).run()
    assert forum.registration(other) is None
    assert traces(forum)
    forum.at(END + 21 * DAY).run()
    assert traces(forum) == []
    forum.close()


def test_what_was_counted_when_the_meeting_closed_survives_the_erasure_exactly(forum):
    meeting = forum.meeting()
    ids = [forum.confirmed(meeting, f"p{number}@example.org", municipality=place) for number, place in
           enumerate(["Åre", "Åre", "Berg", "other", "Krokom"])]  # fmt: skip
    leave(forum.ports, ids[4], forum.now)
    forum.sign_up(meeting, "never@example.org")
    forum.travel(START - HOUR)
    for id in ids[:3]:
        enter_room(forum.ports, id, START)

    forum.travel(END)
    before = counted(forum, meeting)
    forum.travel(END + 400 * DAY)

    assert counted(forum, meeting) == before
    assert (before.registered, before.confirmed, before.left, before.present) == (5, 4, 1, 3)
    assert before.municipalities["Åre"] == 2
    assert sum(before.municipalities.values()) == before.confirmed
    assert before.mails_sent == len(forum.mails) - 1, "all but the one to who never confirmed"
    assert forum.ports.store.count(Registration, Query()) == 0


def test_a_meeting_that_was_never_closed_in_time_is_counted_before_its_people_go(forum):
    """The machine was off for months."""
    meeting = forum.meeting()
    forum.crowd(meeting, 7)

    retain(forum.ports, END + 400 * DAY)

    assert counted(forum, meeting).confirmed == 7
    assert forum.ports.store.count(Registration, Query()) == 0


def test_two_that_close_a_meeting_at_once_do_not_count_those_whom_one_has_erased(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 7)
    retain(forum.ports, END + 400 * DAY)

    close_meeting(forum.ports, meeting, END + 400 * DAY)

    assert counted(forum, meeting).confirmed == 7


def test_a_room_that_is_set_while_a_meeting_closes_stays_set(forum):
    from dela.meetings.run_meetings import set_room

    meeting = forum.meeting()
    set_room(forum.ports, meeting.id, "https://meet.example.org/changed")

    close_meeting(forum.ports, meeting, END)

    assert forum.present_meeting(meeting.id).room_url == "https://meet.example.org/changed"


def test_a_cancelled_meeting_is_counted_too_and_its_people_go(forum):
    meeting = forum.meeting()
    kajsa(forum, meeting)
    forum.crowd(meeting, 4)
    cancel_meeting(forum.ports, meeting.id, forum.now)

    forum.run()
    assert counted(forum, meeting) is None, "not before it would have ended"
    forum.at(END + DAY).run()
    assert (counted(forum, meeting).confirmed, counted(forum, meeting).present) == (5, 0)
    before = counted(forum, meeting)
    forum.at(END + 61 * DAY).run()

    assert traces(forum) == []
    assert counted(forum, meeting) == before
    assert forum.present_meeting(meeting.id).state is MeetingState.CANCELLED


def test_a_moved_meeting_keeps_its_people_until_after_the_new_time(forum):
    meeting = forum.meeting()
    kajsa(forum, meeting)
    move_meeting(forum.ports, meeting.id, START + 30 * DAY, forum.now)

    forum.travel(START + 61 * DAY)
    assert traces(forum)
    forum.travel(START + 92 * DAY)
    assert traces(forum) == []


def test_retention_can_run_at_any_time_and_again(forum):
    meeting = forum.meeting()
    kajsa(forum, meeting)
    forum.deliver()
    before = traces(forum)
    for moment in (START, START + timedelta(minutes=30), END, END + DAY, START - DAY):
        retain(forum.ports, moment)

    assert set(traces(forum)) == set(before)
    counts = retain(forum.ports, END + 61 * DAY)
    assert counts["erased"] > 0
    assert set(retain(forum.ports, END + 61 * DAY).values()) == {0}


@pytest.mark.slow
@pytest.mark.parametrize("dies_at", range(1, 9))
def test_killed_in_the_middle_it_goes_on_where_it_was(forum, monkeypatch, dies_at):
    meeting = forum.meeting()
    forum.crowd(meeting, 120)
    kajsa(forum, meeting)
    forum.sign_up(meeting, "never@example.org")
    forum.deliver()
    transact, left = type(forum.ports.store).transact, dies_at

    class Killed(BaseException):
        pass

    def dying(store, work):
        nonlocal left
        left -= 1
        if not left:
            raise Killed
        return transact(store, work)

    with monkeypatch.context() as patching:
        patching.setattr(type(forum.ports.store), "transact", dying)
        with pytest.raises(Killed):
            retain(forum.ports, END + 61 * DAY)
    retain(forum.ports, END + 61 * DAY)

    assert traces(forum) == []
    assert counted(forum, meeting).confirmed == 121
    assert forum.ports.store.count(Registration, Query()) == 0


@pytest.mark.slow
def test_twice_at_once_does_no_harm(forum, tmp_path):
    meeting = forum.meeting()
    forum.crowd(meeting, 150)
    failures = []
    others = [Forum(tmp_path).at(END + 61 * DAY) for _ in range(3)]

    def run(other):
        try:
            retain(other.ports, other.now)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=run, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()

    assert failures == []
    assert counted(forum, meeting).confirmed == 150
    assert forum.ports.store.count(Registration, Query()) == 0


def test_what_a_person_takes_along_is_all_that_is_stored_over_all_meetings(forum):
    first, second = forum.meeting(), forum.meeting(START + 90 * DAY)
    id = kajsa(forum, first, municipality="Åre")
    kajsa(forum, second, notify_next=True)
    forum.confirmed(first, "other@example.org", name="Somebody Else")
    forum.travel(START + HOUR)

    taken = export(forum.ports, id)

    assert [each["meeting"] for each in taken["registrations"]] == [first.id, second.id]
    assert {each["email"] for each in taken["registrations"]} == {ADDRESS}
    assert {(each["name"], each["organisation"]) for each in taken["registrations"]} == {(NAME, FIRM)}
    stored = forum.ports.store.query(Registration, Query(equal={"email": ADDRESS}))
    for kept, given in zip(stored, taken["registrations"], strict=True):
        assert set(kept.model_dump()) - set(given) == {"person"}
    sent = forum.ports.store.query(Message, Query(equal={"person": person_id("the-identity-of-tests", ADDRESS)}))
    assert len(taken["mails"]) == len(sent) >= 6
    assert "Somebody Else" not in str(taken)


def test_every_document_about_a_person_is_exported_and_erased():
    """A new collection that names people has to be added to own_data, to retention and to this test."""
    found = {kind for kind in DOCUMENTS if {"person", "email", "registration"} & set(kind.model_fields)}

    assert found == {Registration, Message, Seat, Invitation, Place, AgendaItem}


def test_who_is_erased_is_gone_from_everything_over_all_meetings(forum):
    first, second = forum.meeting(), forum.meeting(START + 90 * DAY)
    id = kajsa(forum, first)
    kajsa(forum, second, notify_next=True)
    others = forum.crowd(first, 3)
    ask_for_own_data(forum.ports, id, forum.now)
    forum.travel(START - 2 * HOUR)
    assert traces(forum)

    erase(forum.ports, id)

    assert traces(forum) == []
    assert all(forum.registration(each) for each in others)
    with pytest.raises(NotFound):
        export(forum.ports, id)
    with pytest.raises(NotFound):
        erase(forum.ports, id)


def test_a_page_that_is_done_does_not_remember_whom_it_mailed_last(forum, monkeypatch):
    monkeypatch.setattr(deliver_audience, "SAVE_EVERY", 1)
    meeting = forum.meeting()
    id = kajsa(forum, meeting)
    forum.travel(START - 2 * HOUR)
    assert forum.ports.store.count(AudiencePage, Query()) == 2

    erase(forum.ports, id)

    assert traces(forum) == []


def test_who_is_erased_while_a_mail_waits_gets_none_and_is_gone_from_the_queue_once_it_was_due(forum):
    meeting = forum.meeting()
    id = kajsa(forum, meeting)
    erase(forum.ports, id)

    forum.deliver()

    assert forum.mails == []
    assert traces(forum) == []


@pytest.mark.slow
def test_what_is_erased_is_not_in_the_bytes_of_the_file_either(forum):
    meeting = forum.meeting()
    id = kajsa(forum, meeting)
    forum.crowd(meeting, 50)
    forum.deliver()
    for number in range(50):
        forum.sign_up(meeting, f"q{number}@example.org")
    sqlite_log.empty(forum.folder / "dela.sqlite3")
    assert ADDRESS.encode() in bytes_of(forum)

    erase(forum.ports, id)
    sqlite_log.empty(forum.folder / "dela.sqlite3")
    assert ADDRESS.encode() not in bytes_of(forum)
    assert NAME.encode() not in bytes_of(forum)

    retain(forum.ports, END + 61 * DAY)
    sqlite_log.empty(forum.folder / "dela.sqlite3")
    assert b"person1@example.org" not in bytes_of(forum)
    assert b"q7@example.org" not in bytes_of(forum)


def bytes_of(forum) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(forum.folder.glob("dela.sqlite3*")))


def test_the_process_at_home_empties_the_log_after_each_retention(forum):
    from dela.operating import serving as standalone

    meeting = forum.meeting()
    id = kajsa(forum, meeting)
    erase(forum.ports, id)
    assert ADDRESS.encode() in bytes_of(forum), "the log remembers"

    standalone.call("retention", forum.ports)

    assert ADDRESS.encode() not in bytes_of(forum)


def test_a_figure_of_a_state_that_nobody_has_is_nought(forum):
    meeting = forum.meeting()
    forum.at(END).run()

    figures = counted(forum, meeting)
    assert (figures.registered, figures.present, figures.mails_sent) == (0, 0, 0)
    assert set(figures.municipalities) == set(forum.settings.places)
    assert RegistrationState.PENDING not in figures.municipalities
