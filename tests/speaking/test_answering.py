"""Asked, answered, changed: what becomes of an invitation, who hears of it, and how often."""

from datetime import timedelta
from functools import partial

import pytest

from dela.errors import Invalid
from dela.meetings.run_meetings import cancel_meeting, move_meeting
from dela.speaking.agenda import agenda_of
from dela.speaking.invitation import InvitationState
from dela.speaking.invite import nudge_by_hand
from dela.speaking.line_up import offer_place, order
from dela.speaking.places import held_places
from dela.speaking.reading import Closed
from tests.support.forum import START, calendar_of, text_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
YES, NO, STANDBY = "yes", "no", "standby"


def subjects(mails):
    return [str(mail["Subject"]) for mail in mails]


def holders(forum, meeting):
    return [f"{meeting.id}.{place.person}" for place in held_places(forum.ports.store, meeting.id)]


def closed(act):
    with pytest.raises(Closed) as refused:
        act()
    return refused.value.code


# Inviting


def test_one_mail_asks_for_an_answer_with_the_day_and_the_personal_line(forum, meeting):
    forum.invited(meeting, line="Vi hörde om ert brödbak.")
    forum.deliver()
    [mail] = forum.mails
    assert str(mail["Subject"]) == "Svara gärna: vill du dela med dig torsdag 3 december 2026?"
    assert "Vi hörde om ert brödbak." in text_of(mail)
    assert "Vi publicerar inget före starten" in text_of(mail)
    assert forum.to_dos == []


@pytest.mark.parametrize("place", ["Oslo", "other", ""])
def test_a_place_of_business_that_is_not_on_the_list_is_refused(forum, meeting, place):
    with pytest.raises(Invalid) as refused:
        forum.invited(meeting, municipality=place)
    assert refused.value.fields == {"municipality": "outside"}


def test_nobody_gets_a_second_invitation_by_accident(forum, meeting, later):
    id = forum.invited(meeting)
    for other in (meeting, later):
        with pytest.raises(Closed) as refused:
            forum.invited(other, email="TALARE1@example.org")
        assert (refused.value.code, refused.value.invitation.id) == ("asked", id)
    forum.answered(id, YES)
    assert closed(lambda: forum.invited(later)) == "asked"
    forum.deliver()
    assert len(forum.mails) == 1, "and who has said yes is asked no more"


@pytest.mark.parametrize("end", [NO, "expiry", "withdrawal"])
def test_after_a_no_an_expiry_or_a_withdrawal_a_human_can_ask_for_another_meeting(forum, meeting, later, end):
    id = forum.invited(meeting)
    if end == "expiry":
        forum.later(days=15).run()
    if end == "withdrawal":
        forum.answered(id, YES)
    if end != "expiry":
        forum.answered(id, NO)
    other = forum.invited(later)
    assert other != id
    assert forum.invitation(other).state is InvitationState.ASKED


def test_asking_once_more_by_hand_reads_the_state_and_refuses_with_a_reason(forum, meeting):
    id = forum.invited(meeting)
    assert closed(lambda: nudge_by_hand(forum.ports, id, forum.now)) == "just_asked"
    nudge_by_hand(forum.ports, id, forum.later(days=2).now)
    assert closed(lambda: nudge_by_hand(forum.ports, id, forum.now)) == "just_asked"
    forum.run().later(days=4).run()
    assert len(forum.mails) == 2, "who was nudged by hand is not nudged by the schedule as well"
    forum.answered(id, NO)
    assert closed(lambda: nudge_by_hand(forum.ports, id, forum.now)) == "answered"


# Answering


def test_a_yes_takes_a_place_and_writes_a_line_of_the_agenda_and_the_mail_has_it_all(forum, meeting):
    id = forum.invited(meeting)
    forum.deliver()
    forum.answered(id, YES)
    forum.deliver()
    assert holders(forum, meeting) == [id]
    assert id in {item.id for item in agenda_of(forum.ports.store, meeting.id)}
    assert subjects(forum.mails)[1:] == ["Berätta vad du ska dela med dig av: torsdag 3 december 2026"]
    assert calendar_of(forum.last_mail).get_param("method") == "PUBLISH"
    assert subjects(forum.to_dos) == ["Tyra-Talare-1x: tillfrågad → ja (torsdag 3 december 2026)"]


def test_however_often_a_button_is_pressed_each_state_is_told_once(forum, meeting):
    id = forum.invited(meeting)
    for choice in (YES, YES, NO, NO, NO, YES, YES):
        forum.answered(id, choice)
        forum.deliver()
    told = [subject.partition(" (")[0].partition(": ")[2] for subject in subjects(forum.to_dos)]
    assert told == ["tillfrågad → ja", "ja → drog sig ur", "drog sig ur → ja"]
    assert holders(forum, meeting) == [id]
    sequences = [calendar_of(mail).get_payload(decode=True).split(b"SEQUENCE:")[1][:2] for mail in forum.mails[1:]]
    assert sequences == sorted(sequences)


def test_a_mail_that_was_overtaken_before_it_left_is_not_sent(forum, meeting):
    id = forum.invited(meeting)
    forum.deliver()
    for choice in (YES, NO, YES, NO):
        forum.answered(id, choice)
    forum.deliver()
    assert subjects(forum.mails)[1:] == ["Du talar inte torsdag 3 december 2026"]


def test_each_coordinator_has_a_row_and_after_ten_in_a_day_one_digest_has_the_rest(tmp_path):
    from tests.support.forum import Forum

    forum = Forum(tmp_path, warns=True, coordinators=("a@example.org", "B <b@example.org>"))
    id = forum.invited(forum.meeting())
    for number in range(15):
        forum.answered(id, (YES, NO)[number % 2])
        forum.deliver().later(minutes=1)
    assert len(forum.to_dos) == 20
    forum.later(days=1).run()
    digests = [mail for mail in forum.to_dos if "fler svar än mejl" in str(mail["Subject"])]
    assert len(digests) == 2
    assert text_of(digests[0]).count("* 10.") >= 4
    forum.answered(id, NO)
    forum.deliver()
    assert len([mail for mail in forum.to_dos if "→" in str(mail["Subject"])]) == 22, "a new day has new mails"
    forum.close()


def test_a_reason_that_is_added_later_mails_nobody(forum, meeting):
    from dela.speaking.change import Reason, explain

    id = forum.invited(meeting)
    forum.answered(id, NO)
    forum.deliver()
    before = len(forum.to_dos)
    explain(forum.ports, id, Reason(reason="time", remark="Älgjakten", ask_again=True, suggests="Per i Berg"))
    forum.deliver()
    assert len(forum.to_dos) == before
    assert forum.invitation(id).suggests == "Per i Berg"


def test_another_date_takes_a_place_there_gives_back_the_one_here_and_can_be_changed_back(forum, meeting, later):
    id = forum.speaker(meeting)
    here = forum.answered(id, "other", other=later.id)
    there = f"{later.id}.{here.person}"
    assert (here.state, here.chose) == (InvitationState.ELSEWHERE, later.id)
    assert holders(forum, meeting) == []
    assert holders(forum, later) == [there]
    assert forum.invitation(there).title == "Ett-talämne-1x", "what they will share comes along"
    assert {item.id for item in agenda_of(forum.ports.store, meeting.id)} & {id} == set()
    forum.deliver()
    assert calendar_of(forum.mails[-1]) or calendar_of(forum.mails[-2])
    assert subjects(forum.to_dos)[1:] == ["Tyra-Talare-1x: ja → annat datum (torsdag 3 december 2026)"], "one act"
    assert closed(lambda: forum.answered(id, YES)) == "over"
    forum.answered(there, "other", other=meeting.id)
    assert (holders(forum, meeting), holders(forum, later)) == ([id], [])


@pytest.mark.parametrize("date", ["", "2026-1", "2099-9", "../x"])
def test_another_date_is_one_of_the_other_open_meetings(forum, meeting, later, date):
    id = forum.invited(meeting)
    assert closed(lambda: forum.answered(id, "other", other=date)) == "date"
    cancel_meeting(forum.ports, later.id, forum.now)
    assert closed(lambda: forum.answered(id, "other", other=later.id)) == "date"


def test_on_the_telephone_the_coordinator_enters_it_and_the_speaker_can_object(forum, meeting):
    id = forum.invited(meeting)
    forum.deliver()
    forum.answered(id, YES, by="coordinator")
    forum.deliver()
    assert "Karin Norrby har antecknat ditt ja" in text_of(forum.last_mail)
    assert "/invitation/" in text_of(forum.last_mail)
    forum.answered(id, NO)
    assert forum.invitation(id).state is InvitationState.WITHDRAWN


def test_who_was_taken_off_can_do_no_more_and_gives_the_place_back(forum, meeting):
    id = forum.speaker(meeting)
    forum.answered(id, "remove", by="coordinator")
    assert holders(forum, meeting) == []
    assert closed(lambda: forum.answered(id, YES)) == "over"


def test_the_answer_can_be_changed_until_the_start_and_not_a_moment_longer(forum, meeting):
    id = forum.speaker(meeting)
    forum.at(START - timedelta(microseconds=1))
    forum.answered(id, NO)
    forum.answered(id, YES)
    forum.at(START)
    assert closed(lambda: forum.answered(id, NO)) == "started"


# Limits


def test_the_fifth_yes_finds_no_place_and_may_stand_by_until_one_is_offered(forum, meeting):
    four = [forum.speaker(meeting, number) for number in range(1, 5)]
    fifth, sixth = forum.invited(meeting, 5), forum.invited(meeting, 6)
    assert closed(lambda: forum.answered(fifth, YES)) == "full"
    for id in (fifth, sixth):
        forum.answered(id, STANDBY)
        forum.later(minutes=1)
    assert closed(lambda: offer_place(forum.ports, meeting.id, forum.now)) == "full"
    forum.answered(four[2], NO)
    forum.deliver()
    told = text_of(forum.to_dos[-1])
    assert told.index("Tyra-Talare-5x") < told.rindex("Tyra-Talare-6x"), "in their order"
    assert offer_place(forum.ports, meeting.id, forum.now).id == fifth
    assert closed(lambda: offer_place(forum.ports, meeting.id, forum.now)) == "full", "it is offered already"
    assert forum.answered(fifth, YES).state is InvitationState.CONFIRMED
    assert len(holders(forum, meeting)) == 4


def test_standbys_are_released_with_thanks_at_the_start(forum, meeting):
    id = forum.invited(meeting)
    forum.answered(id, STANDBY)
    forum.travel(START)
    assert forum.invitation(id).state is InvitationState.RELEASED
    assert str(forum.mails[-1]["Subject"]) == "Tack för att du var reserv"


def test_a_yes_after_the_expiry_waits_for_the_coordinator(forum, meeting):
    id = forum.invited(meeting)
    forum.travel(forum.now + 15 * DAY)
    assert forum.invitation(id).state is InvitationState.EXPIRED
    assert forum.answered(id, YES).state is InvitationState.STANDBY
    forum.deliver()
    assert "inget svar i tid → reserv" in str(forum.to_dos[-1]["Subject"])
    assert forum.answered(id, YES, by="coordinator").state is InvitationState.CONFIRMED


def test_the_order_is_drawn_once_and_set_by_the_coordinator(forum, meeting):
    ids = [forum.speaker(meeting, number) for number in (1, 2, 3)]
    drawn = holders(forum, meeting)
    assert sorted(drawn) == sorted(ids)
    assert holders(forum, meeting) == drawn
    wanted = [drawn[2], drawn[0]]
    order(forum.ports, meeting.id, [id.partition(".")[2] for id in wanted], forum.now)
    assert holders(forum, meeting) == [*wanted, drawn[1]]
    assert [item.id for item in agenda_of(forum.ports.store, meeting.id) if item.id in ids] == [*wanted, drawn[1]]
    assert closed(lambda: order(forum.ports, meeting.id, ["nobody"], forum.now)) == "not_speaking"


# Time


def test_not_answered_nudged_once_then_the_coordinator_is_told_to_call_then_it_expires(forum, meeting):
    asked, id = forum.now, forum.invited(meeting, phone="070-1234567")
    forum.invited(meeting, 2)
    explained = forum.invited(meeting, 3)
    from dela.speaking.change import Reason, explain

    forum.answered(explained, NO)
    explain(forum.ports, explained, Reason(ask_again=True))
    seen = []
    for days in (5, 9.5, 14):
        forum.travel(asked + days * DAY)
        seen.append((len(forum.mails_to("talare1@")), subjects(forum.to_dos)[-1]))
    nudged, called, expired = seen
    assert nudged[0] == called[0] == expired[0] == 2
    assert any("ring Tyra-Talare-1x, 070-1234567" in subject for subject in subjects(forum.to_dos))
    assert forum.invitation(id).state is InvitationState.EXPIRED
    assert "tillfrågad → inget svar i tid" in expired[1]
    assert "Det finns fortfarande tid" in text_of(forum.to_dos[-1])
    calls = [mail for mail in forum.to_dos if "ring Tyra-Talare-1x" in str(mail["Subject"])]
    assert len(calls) == 1
    forum.travel(asked + 40 * DAY)
    assert len(forum.mails_to("talare1@")) == 2


def test_a_run_that_was_missed_for_weeks_does_the_last_thing_only(forum, meeting):
    id = forum.invited(meeting)
    forum.run().later(days=30).run()
    assert forum.invitation(id).state is InvitationState.EXPIRED
    assert len(forum.mails) == 1
    assert len(forum.to_dos) == 1 + 0


@pytest.mark.parametrize(("speakers", "told"), [(0, [3, 3]), (2, [1, 1]), (3, [])])
def test_fewer_than_three_are_warned_of_three_weeks_and_ten_days_before(forum, meeting, speakers, told):
    for number in range(speakers):
        forum.speaker(meeting, number)
    forum.travel(START - 22 * DAY)
    before = len(forum.to_dos)
    forum.travel(START - 9 * DAY)
    missing = [int(str(mail["Subject"]).split("saknas ")[1][0]) for mail in forum.to_dos[before:]]
    assert missing == told


def test_a_meeting_that_moves_asks_its_speakers_anew_and_keeps_their_places(forum, meeting, later):
    yes, asked, no = forum.speaker(meeting, 1), forum.invited(meeting, 2), forum.invited(meeting, 3)
    forum.answered(no, NO)
    forum.deliver().later(days=1)
    before = len(forum.mails)
    move_meeting(forum.ports, meeting.id, START + 7 * DAY, forum.now)
    forum.deliver()
    assert sorted(str(mail["To"]).partition("<")[2] for mail in forum.mails[before:]) == [
        "talare1@example.org>",
        "talare2@example.org>",
    ]
    assert subjects(forum.mails)[-1] == "Svara gärna: ny tid, torsdag 10 december 2026"
    assert forum.invitation(yes).state is InvitationState.ASKED_AGAIN
    assert holders(forum, meeting) == [yes]
    assert forum.answered(yes, YES).state is InvitationState.CONFIRMED
    assert forum.answered(asked, "other", other=later.id).state is InvitationState.ELSEWHERE


def test_who_never_answers_to_a_move_keeps_the_place_and_is_called(forum, meeting):
    id = forum.speaker(meeting)
    move_meeting(forum.ports, meeting.id, START + DAY, forum.now)
    forum.travel(START - 20 * DAY)
    assert forum.invitation(id).state is InvitationState.ASKED_AGAIN
    assert any("ring Tyra-Talare-1x" in subject for subject in subjects(forum.to_dos))


def test_a_cancelled_meeting_tells_those_who_are_concerned_and_nobody_else_ever_again(forum, meeting):
    yes, asked, no = forum.speaker(meeting, 1), forum.invited(meeting, 2), forum.invited(meeting, 3)
    forum.answered(no, NO)
    forum.deliver()
    before = len(forum.mails)
    cancel_meeting(forum.ports, meeting.id, forum.now)
    forum.deliver()
    assert subjects(forum.mails[before:]) == ["Inställt: torsdag 3 december 2026"] * 2
    assert {calendar_of(mail).get_param("method") for mail in forum.mails[before:]} == {"CANCEL"}
    forum.travel(START + DAY)
    assert len(forum.mails) == before + 2
    for id in (yes, asked, no):
        assert closed(partial(forum.answered, id, YES)) == "cancelled"


def test_reminders_a_week_a_day_and_an_hour_before_say_the_slot_and_what_is_missing(forum, meeting):
    first = forum.speaker(meeting, 1, shares=False)
    for number in (2, 3):
        forum.speaker(meeting, number)
    forum.travel(START - 8 * DAY)
    before = len(forum.mails)
    forum.travel(START)
    mine = [mail for mail in forum.mails[before:] if "talare1@" in str(mail["To"])]
    assert [mail["Date"].datetime - START for mail in mine] == [-7 * DAY, -DAY, -HOUR]
    assert "Det saknas vad du ska dela med dig av och ett telefonnummer" in text_of(mine[0])
    others = [mail for mail in forum.mails[before:] if "talare2@" in str(mail["To"])]
    assert "Det saknas" not in text_of(others[0])
    assert "Du börjar kl. 12." in text_of(mine[2])
    assert forum.invitation(first).state is InvitationState.CONFIRMED


def test_who_speaks_and_listens_gets_the_speakers_mail_of_that_hour_only(forum, meeting):
    forum.confirmed(meeting, "talare1@example.org", name="Anna")
    forum.confirmed(meeting, "other@example.org", name="Other")
    forum.speaker(meeting, 1)
    forum.travel(START - 8 * DAY)
    before = len(forum.mails)
    forum.travel(START)
    mine = subjects(mail for mail in forum.mails[before:] if "talare1@" in str(mail["To"]))
    assert len(mine) == 3
    assert all(subject.startswith("Du delar med dig") for subject in mine)
    assert len([mail for mail in forum.mails[before:] if "other@" in str(mail["To"])]) == 3


def test_the_hosts_page_is_mailed_a_day_before_with_nobodys_name_in_it(forum, meeting):
    forum.speaker(meeting, 1)
    forum.travel(START - timedelta(hours=23))
    [mail] = [mail for mail in forum.to_dos if "körschemat" in str(mail["Subject"])]
    assert mail["Date"].datetime == START - DAY
    assert "Tyra" not in text_of(mail)
    assert "/invitation/host/" in text_of(mail)


def test_who_is_erased_gives_the_place_back(forum, meeting):
    from dela.attending.own_data import erase, export

    id = forum.speaker(meeting, 1)
    attending = forum.confirmed(meeting, "talare1@example.org", name="Anna")
    told = export(forum.ports, attending)
    assert [each["title"] for each in told["invitations"]] == ["Ett-talämne-1x"]
    assert len(told["agenda"]) == len(told["places"]) == 1
    erase(forum.ports, attending)
    assert holders(forum, meeting) == []
    assert id not in {item.id for item in agenda_of(forum.ports.store, meeting.id)}
