"""Confirming, going to another date, leaving, asking for one's data: what is written, and which mail follows."""

from datetime import timedelta

import pytest

from dela.attending.ask_by_mail import ask_for_own_data
from dela.attending.confirm import confirm, confirm_for_next
from dela.attending.leave import leave
from dela.attending.own_data import export
from dela.attending.registration import RegistrationState
from dela.errors import Conflict
from dela.mailing.ledger import Message
from dela.meetings.run_meetings import cancel_meeting, plan_meeting
from dela.store.contract import Query
from tests.support.forum import NOW, START, Forum
from tests.support.mail_server import NEVER, MailServer, refuse

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
END = START + 50 * MINUTE


def planned(forum: Forum, reason: str) -> list[Message]:
    return list(forum.ports.store.query(Message, Query(equal={"reason": reason})))


# Another date


def test_the_next_date_is_another_one_than_the_own(forum):
    own, other = forum.meeting(), forum.meeting(START + 90 * DAY)
    id = forum.sign_up(own)
    cancel_meeting(forum.ports, own.id, forum.now)

    assert confirm_for_next(forum.ports, id, forum.now).meeting == other.id


def test_who_goes_to_the_next_date_takes_along_what_they_said(forum):
    own, other = forum.meeting(), forum.meeting(START + 90 * DAY)
    told = {"name": "Sven", "organisation": "Svens Såg", "municipality": "Berg", "language": "en", "notify_next": True}
    id = forum.sign_up(own, "sven@example.org", **told)
    cancel_meeting(forum.ports, own.id, forum.now)

    seat = confirm_for_next(forum.ports, id, forum.now)

    assert (seat.meeting, seat.email) == (other.id, "sven@example.org")
    assert {name: getattr(seat, name) for name in told} == told


def test_who_had_left_the_next_date_before_gets_a_seat_and_a_mail_there_again(forum):
    own, other = forum.meeting(), forum.meeting(START + 90 * DAY)
    there = forum.confirmed(other)
    leave(forum.ports, there, forum.now)
    id = forum.sign_up(own)
    forum.deliver()
    cancel_meeting(forum.ports, own.id, forum.now)
    before = len(forum.mails)

    assert confirm_for_next(forum.ports, id, forum.now).id == there
    forum.deliver()

    assert forum.registration(there).confirmed
    assert len(forum.mails) == before + 1


def test_the_mail_with_everything_in_it_is_of_use_until_the_meeting_is_over(forum):
    forum.confirmed(forum.meeting())

    [message] = planned(forum, "confirmed")
    assert message.useful_until == END


# Leaving


def test_leaving_twice_is_leaving_once(forum):
    id = forum.confirmed(forum.meeting())
    leave(forum.ports, id, forum.now)
    left = forum.registration(id)
    forum.deliver().later(hours=1)
    again = leave(forum.ports, id, forum.now)
    forum.deliver()

    assert (left.left_at, again) == (NOW, left)
    assert len(forum.mails) == 1


def test_who_leaves_before_having_confirmed_is_told_nothing_and_stays_away(forum):
    """An address that anybody typed is not written to; and it is not forgotten that its owner wants no mail."""
    id = forum.sign_up(forum.meeting())
    leave(forum.ports, id, forum.now)
    forum.run().later(hours=49).run()

    assert forum.mails == []
    assert forum.registration(id).state is RegistrationState.LEFT
    with pytest.raises(Conflict, match="left"):
        confirm(forum.ports, id, forum.now)


@pytest.mark.parametrize("why", ["cancelled", "over"])
def test_who_leaves_what_will_not_be_is_not_written_to(forum, why):
    meeting = forum.meeting()
    id = forum.confirmed(meeting)
    if why == "cancelled":
        cancel_meeting(forum.ports, meeting.id, forum.now)
    else:
        forum.at(END)
    leave(forum.ports, id, forum.now)

    assert planned(forum, "left") == []


@pytest.mark.parametrize(("by_mail_program", "wishes"), [(False, True), (True, False)])
def test_leaving_a_meeting_keeps_the_wish_to_hear_of_the_next_and_unsubscribing_does_not(
    forum, by_mail_program, wishes
):
    id = forum.confirmed(forum.meeting(), notify_next=True)

    leave(forum.ports, id, forum.now, by_mail_program=by_mail_program)

    assert forum.registration(id).notify_next is wishes


# One's own data


@pytest.mark.parametrize(("pause", "mails"), [(0 * MINUTE, 1), (9 * MINUTE, 1), (10 * MINUTE, 2)])
def test_a_fresh_link_is_mailed_once_in_ten_minutes_also_when_the_first_has_left(forum, pause, mails):
    id = forum.confirmed(forum.meeting())
    forum.deliver()
    before = len(forum.mails)

    ask_for_own_data(forum.ports, id, forum.now)
    forum.deliver().at(forum.now + pause)
    ask_for_own_data(forum.ports, id, forum.now)
    forum.deliver()

    assert len(forum.mails) - before == mails


def test_a_fresh_link_that_could_not_leave_within_its_hour_does_not_leave_any_more(forum):
    id = forum.confirmed(forum.meeting())
    forum.deliver()
    before = len(forum.mails)
    ask_for_own_data(forum.ports, id, forum.now)

    forum.later(hours=1).deliver()

    assert len(forum.mails) == before


def test_what_a_person_takes_along_says_what_became_of_each_mail_and_why(forum):
    MailServer(forum).before = refuse
    id = forum.sign_up(forum.meeting())
    forum.deliver()

    [mail] = export(forum.ports, id)["mails"]
    assert (mail["reason"], mail["state"], mail["outcome"]) == ("confirm", "failed", NEVER)


def test_no_meeting_is_planned_for_this_very_moment(forum):
    with pytest.raises(Conflict, match="past"):
        plan_meeting(forum.ports, forum.now, forum.now)
    assert plan_meeting(forum.ports, forum.now + SECOND, forum.now)
