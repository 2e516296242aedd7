"""Nothing irreversible on one look at the clock: not when it is ahead, behind, or right after a long standstill."""

from datetime import UTC, datetime, timedelta

import pytest

from dela.attending.enter_room import enter_room
from dela.attending.figures import Figures
from dela.attending.leave import leave
from dela.attending.registration import Registration
from dela.clock.seen import HOLD, PAUSE, SLACK, STEP, THIS, ClockSeen
from dela.duties.run_duties import plan_mails, retain
from dela.duties.status import status_of
from dela.errors import TemporaryFailure
from dela.mailing.believing import believed, vouch
from dela.mailing.kinds import TOO_LATE
from dela.mailing.ledger import AudiencePage, Heartbeat, Message, MessageState
from dela.meetings.closing import close_meetings
from dela.meetings.meeting import MeetingState
from dela.meetings.reading import open_meetings
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.operating.advice import about_forum
from dela.operating.finding import Level
from dela.store.contract import Query
from tests.support.forum import NOW, START, Forum

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
QUARTER = 15 * MINUTE
END = START + 50 * MINUTE
AHEAD = 400 * DAY


@pytest.fixture
def forum(tmp_path):
    """A forum that goes by a machine's clock, which was right until now."""
    forum = Forum(tmp_path)
    forum.clock.meant = False
    vouch(forum.ports.store, forum.now)
    yield forum
    forum.close()


def watched(forum: Forum, time: timedelta) -> Forum:
    """Run every quarter of an hour for so long."""
    until = forum.now + time
    forum.run()
    while forum.now < until:
        forum.later(minutes=15).run()
    return forum


def lived(forum: Forum, until: datetime) -> Forum:
    """Time passes without any fault, and is not spent on a run each quarter of an hour."""
    forum.clock.meant = True
    forum.travel(until)
    forum.clock.meant = False
    vouch(forum.ports.store, forum.now)
    return forum


def looked(forum: Forum, ahead: timedelta) -> Forum:
    """A start with the clock moved by so much, for five seconds; then it is right again."""
    right = forum.now
    forum.at(right + ahead).run().later(seconds=5).run()
    return forum.at(right + 10 * SECOND)


def people(forum: Forum) -> int:
    return forum.ports.store.count(Registration, Query())


def given_up(forum: Forum) -> list[Message]:
    messages = forum.ports.store.query(Message, Query(limit=1000))
    return [each for each in messages if each.outcome == TOO_LATE or each.state is MessageState.FAILED]


def advice(forum: Forum) -> dict[str, tuple[Level, str]]:
    found = about_forum(forum.ports, status_of(forum.ports, forum.now))
    return {each.part: (each.level, f"{each.text} {each.ask}") for each in found}


# The story of the issue


def test_five_seconds_with_the_clock_400_days_ahead_erase_nobody_and_close_nothing(forum):
    first, second = forum.meeting(), forum.meeting(START + 90 * DAY)
    forum.crowd(first, 58)
    forum.sign_up(first, "pending@example.org")
    forum.confirmed(second)
    forum.deliver()

    looked(forum, AHEAD)

    assert people(forum) == 60
    assert [each.id for each in open_meetings(forum.ports.store, forum.now)] == [first.id, second.id]
    assert [forum.present_meeting(each.id).state for each in (first, second)] == [MeetingState.OPEN] * 2
    assert forum.ports.store.count(Figures, Query()) == 0
    forum.run()
    assert advice(forum)["clock"][0] is Level.GOOD, "the clock is where it would be had nothing happened"
    before = len(forum.mails)
    lived(forum, START + HOUR)
    assert len(forum.mails) - before == 3 * 58, "everybody is reminded as ever"
    assert forum.ports.store.get(Figures, first.id).confirmed == 58


def test_a_clock_that_stays_ahead_is_held_for_a_day_and_said_and_then_believed(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 5)
    forum.later(days=400).run()
    assert people(forum) == 5
    level, text = advice(forum)["clock"]
    assert level is Level.LOOK
    assert "Tue 24 Nov 2026 10:00 was followed by Wed 29 Dec 2027 10:00" in text
    assert "nothing is erased, closed or given up as too late until it has gone on steadily for 24 hours more" in text
    assert "timedatectl" in text

    watched(forum, HOLD - QUARTER)
    assert people(forum) == 5
    assert "for 1 hour more" in advice(forum)["clock"][1]

    watched(forum, QUARTER)
    assert people(forum) == 0
    assert forum.ports.store.get(Figures, meeting.id).confirmed == 5
    assert advice(forum)["clock"][0] is Level.GOOD


def test_what_waited_is_done_by_the_first_run_that_believes_the_clock_whichever_that_is(forum):
    forum.sign_up(forum.meeting(), "pending@example.org")
    forum.deliver().later(days=3)
    for _ in range(4 * 24):
        plan_mails(forum.ports, forum.now)
        forum.later(minutes=15)
    assert people(forum) == 1

    assert plan_mails(forum.ports, forum.now)["expired"] == 1
    assert people(forum) == 0


def test_a_mail_that_is_too_late_by_a_clock_that_is_ahead_leaves_when_it_is_right_again(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 3)
    forum.confirmed(meeting)  # whose mail waits

    looked(forum, AHEAD)
    assert forum.mails == []
    assert given_up(forum) == []

    forum.run()
    assert [str(mail["To"]) for mail in forum.mails] == ["Anna Andersson <anna@example.org>"]


@pytest.mark.parametrize("ahead", [2 * DAY, 12 * DAY, AHEAD])
def test_a_page_that_a_wrong_look_finds_too_late_is_sent_in_its_time(forum, ahead):
    meeting = forum.meeting()
    forum.crowd(meeting, 12)
    lived(forum, START - DAY - QUARTER)
    assert forum.ports.store.count(AudiencePage, Query(range_field="due_at", at_least="")) == 1

    looked(forum, ahead)
    assert given_up(forum) == []
    lived(forum, START - 23 * HOUR)

    assert len(forum.mails) == 2 * 12
    assert given_up(forum) == []


def test_a_mail_that_is_late_in_truth_is_dropped_once_the_clock_is_believed(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.at(END + HOUR).run()
    assert given_up(forum) == []
    assert advice(forum)["mails"] == (
        Level.LOOK,
        "1 that should have left are waiting Some may wait for the clock only: see there.",
    )

    watched(forum, HOLD + QUARTER)

    assert [(each.reason, each.outcome) for each in given_up(forum)] == [("confirmed", "too_late")]
    assert forum.mails == []


def test_a_cancellation_is_not_given_up_by_a_wrong_look_either(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 4)
    cancel_meeting(forum.ports, meeting.id, forum.now)

    looked(forum, AHEAD)
    assert forum.mails == []
    forum.run()

    assert len(forum.mails) == 4


def test_a_server_that_is_away_during_a_wrong_look_puts_no_mail_off_beyond_it(forum, monkeypatch):
    meeting = forum.meeting(START + 90 * DAY)
    forum.confirmed(meeting)
    forum.crowd(meeting, 4)
    forum.later(seconds=1)
    move_meeting(forum.ports, meeting.id, START + 91 * DAY, forum.now)
    with monkeypatch.context() as patching:

        def away(self, mail):
            raise TemporaryFailure("the mail server can't be used now: OSError")

        patching.setattr(type(forum.ports.mail), "send", away)
        looked(forum, 30 * DAY)

    forum.run().later(minutes=15).run()

    assert sorted(str(mail["Subject"]).split(":")[0] for mail in forum.mails) == ["Du har en plats"] + ["Ny tid"] * 5


def test_a_mail_whose_last_try_fails_by_a_wrong_clock_is_tried_again_when_it_is_right(forum, monkeypatch):
    right = forum.now
    forum.confirmed(forum.meeting())
    with monkeypatch.context() as patching:

        def away(self, mail):
            raise TemporaryFailure("the mail server can't be used now: OSError")

        patching.setattr(type(forum.ports.mail), "send", away)
        forum.at(END - 30 * SECOND).run()

    assert given_up(forum) == []
    forum.at(right + 10 * SECOND).run()
    assert [str(mail["Subject"]).split(":")[0] for mail in forum.mails] == ["Du har en plats"]


def test_a_reminder_that_a_wrong_look_began_too_early_still_comes_to_those_who_register_later(forum):
    meeting = forum.meeting(START + 90 * DAY)
    early = forum.crowd(meeting, 3)
    looked(forum, START + 90 * DAY - forum.now - 23 * HOUR)
    assert len(forum.mails) == 3, "those are reminded far too early, which is the lesser harm"
    forum.run().later(hours=1)
    late = forum.confirmed(meeting, "late@example.org")
    forum.deliver()
    sent = len(forum.mails)

    lived(forum, START + 90 * DAY - 20 * HOUR)

    day_before = [str(mail["To"]) for mail in forum.mails[sent:] if str(mail["Subject"]).startswith("Vi ses i morgon")]
    assert day_before == ["Anna Andersson <late@example.org>"], "and nobody twice"
    assert forum.registration(late)
    assert all(map(forum.registration, early))


# Jumps back


def test_a_clock_that_is_put_back_is_held_too_and_says_so(forum):
    forum.later(hours=-3).run()

    level, text = advice(forum)["clock"]
    assert level is Level.LOOK
    assert "Tue 24 Nov 2026 10:00 was followed by Tue 24 Nov 2026 07:00" in text


def test_put_back_after_a_day_that_was_believed_it_is_held_anew(forum):
    forum.later(days=400)
    watched(forum, HOLD)
    assert believed(forum.ports, forum.now)

    forum.at(NOW + 3 * DAY).run()

    assert not believed(forum.ports, forum.now)


def test_a_clock_that_was_wrong_for_hours_is_believed_again_where_it_would_have_been(forum):
    right = forum.now
    watched(forum.later(days=400), 5 * HOUR)
    assert not believed(forum.ports, forum.now)

    assert not believed(forum.ports, right + HOUR), "before what has been lived through"
    assert not believed(forum.ports, right + 8 * HOUR), "and after it"
    assert believed(forum.ports, right + 5 * HOUR + MINUTE)


# What is no jump


@pytest.mark.parametrize(
    ("step", "yes"), [(STEP, True), (STEP + SECOND, False), (-SLACK, True), (-SLACK - SECOND, False)]
)
def test_missed_runs_and_clocks_that_differ_a_little_are_no_jump_and_a_wrong_zone_is(forum, step, yes):
    assert believed(forum.ports, forum.now + step) is yes
    assert STEP < HOUR


def test_a_machine_that_is_on_in_office_hours_only_erases_too(forum):
    forum.sign_up(forum.meeting(START + 90 * DAY), "pending@example.org")
    forum.deliver()
    gone = []
    for day in range(1, 5):
        watched(forum.at(NOW + day * DAY + DAY), 8 * HOUR)
        gone.append(people(forum) == 0)

    assert gone == [False, False, True, True], "after three days of eight hours"


def test_a_standstill_that_is_longer_than_a_long_weekend_begins_the_day_anew(forum):
    forum.later(days=30)
    watched(forum, 17 * HOUR)
    watched(forum.at(forum.now + PAUSE + HOUR), 8 * HOUR)
    assert not believed(forum.ports, forum.now)

    watched(forum, 16 * HOUR)
    assert believed(forum.ports, forum.now)


def test_a_wrong_look_does_not_end_a_day_that_was_watched_before_it(forum):
    """It ran for a day but for five seconds after a standstill; then the clock is three days ahead for as long."""
    forum.sign_up(forum.meeting(), "pending@example.org")
    forum.deliver().later(hours=2)
    watched(forum, HOLD - QUARTER).later(minutes=14, seconds=55).run()

    looked(forum, 3 * DAY)

    assert people(forum) == 1


def test_moves_that_are_meant_are_no_jump_and_leave_no_trace(tmp_path):
    forum = Forum(tmp_path)
    forum.crowd(forum.meeting(), 3)
    forum.run().later(days=400).run()

    assert people(forum) == 0
    assert forum.ports.store.get(ClockSeen, THIS) is None
    assert advice(forum)["clock"] == (Level.GOOD, "is moved on purpose ")
    forum.close()


def test_what_an_older_release_has_left_is_believed_if_its_heartbeat_is_recent(tmp_path):
    forum = Forum(tmp_path)
    forum.clock.meant = False
    for name, ago in (("reminders", 14 * MINUTE), ("retention", 20 * HOUR)):
        beat = Heartbeat(id=name, at=forum.now - ago)
        forum.ports.store.transact(lambda store, beat=beat: store.put(beat))

    assert believed(forum.ports, forum.now)
    assert not believed(forum.ports, forum.now + AHEAD)
    assert not believed(forum.ports, forum.now - HOUR), "then its heartbeat lies in the future"
    forum.close()


def test_a_new_forum_is_watched_for_its_first_day_and_nobody_is_asked_to_look_at_that(tmp_path):
    forum = Forum(tmp_path)
    forum.clock.meant = False
    assert advice(forum)["clock"][0] is Level.GOOD
    forum.run()

    assert advice(forum)["clock"][0] is Level.GOOD
    assert "is watched for the first time" in advice(forum)["clock"][1]
    assert not believed(forum.ports, forum.now)
    watched(forum, HOLD)
    assert believed(forum.ports, forum.now)
    forum.close()


def test_looks_of_several_instances_at_once_and_out_of_order_are_one_clock(forum):
    first = forum.ports.store.get(ClockSeen, THIS)
    for seconds in (900, 840, 900, 870, 899):
        plan_mails(forum.ports, forum.now + seconds * SECOND)

    seen = forum.ports.store.get(ClockSeen, THIS)
    assert seen.believed
    assert seen.at == first.at + QUARTER


def test_looking_at_the_status_remembers_nothing(forum):
    before = forum.ports.store.get(ClockSeen, THIS)
    status_of(forum.ports, forum.now + AHEAD)

    assert forum.ports.store.get(ClockSeen, THIS) == before


# Closed is derived from time


def test_a_meeting_that_was_closed_wrongly_takes_registrations_reminds_and_is_counted_anew(forum):
    """Closed by an older release, or by a clock that was wrong for days."""
    meeting = forum.meeting()
    ids = forum.crowd(meeting, 6)
    close_meetings(forum.ports, forum.now + AHEAD)
    assert forum.present_meeting(meeting.id).state is MeetingState.CLOSED
    assert forum.ports.store.get(Figures, meeting.id).present == 0

    assert [each.id for each in open_meetings(forum.ports.store, forum.now)] == [meeting.id]
    joined = forum.confirmed(meeting)
    forum.run()
    assert forum.present_meeting(meeting.id).state is MeetingState.OPEN
    leave(forum.ports, ids[0], forum.now)
    forum.clock.meant = True
    forum.travel(START)
    for id in (joined, *ids[1:3]):
        enter_room(forum.ports, id, forum.now)
    forum.travel(END + HOUR)

    figures = forum.ports.store.get(Figures, meeting.id)
    assert (figures.confirmed, figures.left, figures.present) == (6, 1, 3)
    assert figures.counted_at == END
    assert forum.present_meeting(meeting.id).state is MeetingState.CLOSED


def test_counted_in_the_future_a_meeting_that_is_over_by_now_is_counted_anew(forum):
    meeting = forum.meeting(START)
    ids = forum.crowd(meeting, 6)
    close_meetings(forum.ports, forum.now + AHEAD)
    forum.clock.meant = True
    forum.at(START)
    enter_room(forum.ports, ids[0], forum.now)
    forum.at(END + 2 * DAY).run()

    assert forum.ports.store.get(Figures, meeting.id).present == 1
    assert forum.ports.store.get(Figures, meeting.id).counted_at == forum.now


def test_once_anybody_was_erased_it_stays_counted_as_it_was(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 6)
    kept = forum.confirmed(meeting, "kept@example.org", notify_next=True)
    retain_all = forum.now + 100 * DAY
    forum.clock.meant = True
    retain(forum.ports, retain_all)
    assert people(forum) == 1
    assert forum.registration(kept)

    forum.run().travel(END + 100 * DAY)

    figures = forum.ports.store.get(Figures, meeting.id)
    assert (figures.confirmed, figures.counted_at) == (7, retain_all)


def test_where_an_older_release_has_erased_everybody_its_figures_are_kept(forum):
    meeting = forum.meeting()
    forum.crowd(meeting, 6)
    ahead = START + AHEAD
    close_meetings(forum.ports, ahead)
    for each in forum.ports.store.query(Registration, Query()):
        forum.ports.store.transact(lambda store, each=each: store.delete(Registration, each.id))
    forum.clock.meant = True

    forum.at(END + DAY).run()

    assert forum.ports.store.get(Figures, meeting.id).confirmed == 6


def test_the_page_of_a_wrongly_closed_meeting_takes_sign_ups_at_once(forum):
    meeting = forum.meeting()
    close_meetings(forum.ports, forum.now + AHEAD)

    assert "<form" in forum.web("signup").get("/?lang=en").text
    form = {"name": "Anna", "email": "anna@example.org", "municipality": "Åre", "language": "sv"}
    assert forum.web("signup").post(f"/{meeting.id}", data=form).status_code == 303


def test_cancelled_dates_ahead_hide_no_meeting_from_the_list(forum):
    for number in range(13):
        cancel_meeting(forum.ports, forum.meeting(START + number * DAY).id, forum.now)
    held = [forum.meeting(START + (20 + number) * DAY).id for number in range(3)]

    assert [each.id for each in open_meetings(forum.ports.store, forum.now, 2)] == held[:2]


def test_a_meeting_that_is_moved_while_it_is_being_closed_stays_open(forum):
    meeting = forum.meeting()
    forum.at(END)
    moved = meeting.model_copy(update={"starts_at": datetime(2027, 1, 1, tzinfo=UTC)})
    forum.ports.store.transact(lambda store: store.put(moved))
    from dela.meetings.closing import close_meeting

    close_meeting(forum.ports, meeting, forum.now)

    assert forum.present_meeting(meeting.id).state is MeetingState.OPEN
    assert forum.ports.store.get(Figures, meeting.id) is None
