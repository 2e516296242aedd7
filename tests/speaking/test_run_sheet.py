"""The run sheet always adds up, for any number of speakers, and however late it gets."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dela.speaking.run_sheet import MINUTE, Part, run_sheet, running, slot_of

START = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
SPEAKERS = st.integers(0, 5)
LENGTHS = st.integers(5, 480)


def lengths(sections):
    return [(each.part.value, each.speaker, each.minutes) for each in sections]


def test_fifty_minutes_with_four_speakers():
    four = [part for speaker in range(4) for part in (("talk", speaker, 8), ("questions", speaker, 2))]
    assert lengths(run_sheet(START, 50, 4)) == [
        ("welcome", None, 3),
        *four,
        ("connecting", None, 5),
        ("close", None, 2),
    ]


def test_fifty_minutes_with_three_speakers_leave_more_for_questions_and_connecting():
    sheet = run_sheet(START, 50, 3)
    assert slot_of(sheet, 1) == (START + 15 * MINUTE, 8, 4)
    assert lengths(sheet)[-2:] == [("connecting", None, 9), ("close", None, 2)]


@given(LENGTHS, SPEAKERS)
def test_it_is_exactly_the_meetings_length_in_whole_minutes_with_equal_time_for_everyone(minutes, speakers):
    sheet = run_sheet(START, minutes, speakers)
    assert sum(each.minutes for each in sheet) == minutes
    assert sheet[0].starts_at == START
    assert sheet[-1].ends_at == START + minutes * MINUTE
    assert all(later.starts_at == each.ends_at for each, later in pairwise(sheet))
    assert all(each.minutes >= 0 and each.cut == 0 for each in sheet)
    slots = {slot_of(sheet, speaker)[1:] for speaker in range(speakers)}
    assert len(slots) <= 1
    assert all(talk >= 1 and talk >= questions for talk, questions in slots)


@settings(max_examples=400)
@given(LENGTHS, SPEAKERS, st.data())
def test_however_late_it_is_nothing_is_negative_and_the_end_stays_where_it_is(minutes, speakers, data):
    sheet = run_sheet(START, minutes, speakers)
    end = START + minutes * MINUTE
    place = data.draw(st.integers(0, len(sheet) - 1))
    since = START + timedelta(seconds=data.draw(st.integers(0, minutes * 60)))
    now = since + timedelta(seconds=data.draw(st.integers(0, minutes * 60)))
    found = running(sheet, (place, since), now)
    assert found.current == place
    assert sum(each.minutes for each in found.sections) == minutes
    assert found.sections[-1].ends_at == end
    assert all(each.minutes >= 0 for each in found.sections)
    assert [each.part for each in found.sections] == [each.part for each in sheet]
    talks = {each.minutes for each in found.sections[place + 2 :] if each.part is Part.TALK}
    assert not talks or max(talks) - min(talks) <= 1, "what is cut is cut from all alike"


@given(LENGTHS, SPEAKERS, st.integers(0, 481 * 60))
def test_untouched_it_follows_the_clock(minutes, speakers, seconds):
    now = START + timedelta(seconds=seconds)
    found = running(run_sheet(START, minutes, speakers), None, now)
    assert found.late == 0
    if now < START + minutes * MINUTE:
        assert found.now.starts_at <= now < found.now.ends_at
        assert found.left == found.now.ends_at - now


def test_three_minutes_late_cost_questions_first_and_nobody_their_talk():
    sheet = run_sheet(START, 50, 4)
    found = running(sheet, (3, START + 16 * MINUTE), START + 16 * MINUTE)
    assert found.late == 3
    assert [(each.part.value, each.speaker, each.cut) for each in found.cuts] == [
        ("questions", 1, 1),
        ("questions", 2, 1),
        ("questions", 3, 1),
    ]
    assert {each.minutes for each in found.sections if each.part is Part.TALK} == {8}


@pytest.mark.parametrize(
    ("late", "cut"), [(7, {"questions": 6, "connecting": 1}), (13, {"questions": 6, "connecting": 5, "talk": 2})]
)
def test_later_still_it_is_connecting_then_the_talks(late, cut):
    sheet = run_sheet(START, 50, 4)
    found = running(sheet, (3, START + (13 + late) * MINUTE), START + (13 + late) * MINUTE)
    given_up = {}
    for each in found.cuts:
        given_up[each.part.value] = given_up.get(each.part.value, 0) + each.cut
    assert given_up == cut


def test_who_does_not_come_to_an_end_takes_it_from_those_who_come_after():
    sheet = run_sheet(START, 50, 4)
    found = running(sheet, (1, START + 3 * MINUTE), START + 14 * MINUTE)
    assert (found.left, found.late) == (-3 * MINUTE, 3)
    assert found.now.minutes == 11
    assert (found.next.part, found.next.speaker) == (Part.QUESTIONS, 0)
    assert {each.part for each in found.cuts} == {Part.QUESTIONS}


def test_time_that_was_saved_is_for_connecting():
    sheet = run_sheet(START, 50, 4)
    found = running(sheet, (3, START + 10 * MINUTE), START + 10 * MINUTE)
    assert found.late == 0
    assert [each.minutes for each in found.sections if each.part is Part.CONNECTING] == [8]
