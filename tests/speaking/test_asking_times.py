"""When somebody who was asked hears of it again: never twice within a day, and always while there is time to act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dela.settings import Settings, SettingsError
from dela.speaking.asking_times import TO_ACT, WITHOUT_A_CALL, asking_times

START = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FORUM = Settings()
BEFORE = st.timedeltas(timedelta(minutes=1), 400 * DAY)


def times(before, settings=FORUM):
    asked_at = START - before
    found = asking_times(asked_at, START, settings)
    return [None if each is None else each - asked_at for each in (found.nudge_at, found.call_at, found.expires_at)]


def test_with_all_the_time_there_is_it_is_five_nine_and_a_half_and_fourteen_days():
    assert times(60 * DAY) == [5 * DAY, 9.5 * DAY, 14 * DAY]


def test_it_expires_ten_days_before_the_meeting_if_that_is_earlier():
    assert times(17 * DAY)[2] == 7 * DAY
    assert times(24 * DAY)[2] == 14 * DAY


@pytest.mark.parametrize(
    ("before", "span"), [(12 * DAY, 3 * DAY), (8 * DAY, 3 * DAY), (4 * DAY, 2 * DAY), (2 * HOUR, HOUR)]
)
def test_who_is_invited_late_has_three_days_or_half_of_what_remains(before, span):
    assert times(before)[2] == span


@given(BEFORE, st.integers(1, 30), st.integers(2, 60), st.integers(0, 60))
def test_in_whatever_time_they_come_in_order_and_never_two_mails_in_half_a_day(before, nudge, expiry, ahead):
    if nudge >= expiry:
        nudge, expiry = 1, nudge + 1
    forum = Settings(speaker_nudge_days=nudge, speaker_expiry_days=expiry, speaker_expiry_before_days=ahead)
    nudged, call, expires = times(before, forum)
    assert timedelta(0) < expires <= min(expiry * DAY, before)
    told = [each for each in (timedelta(0), nudged, call, expires) if each is not None]
    assert told == sorted(told)
    if nudged is not None:
        assert expires >= 2 * DAY
        assert nudged < call < expires
    assert (call is None) is (expires < WITHOUT_A_CALL)


@given(BEFORE)
def test_by_the_forums_own_settings_two_mails_to_a_speaker_are_half_a_day_apart(before):
    nudged, _, expires = times(before)
    assert nudged is None or nudged >= 12 * HOUR
    assert nudged is None or expires - nudged >= 12 * HOUR


@given(BEFORE)
def test_an_expiry_leaves_time_to_act_or_says_that_it_does_not(before):
    found = asking_times(START - before, START, FORUM)
    assert found.leaves_time(START) is (START - found.expires_at >= TO_ACT)
    assert found.leaves_time(START) or before < 5 * DAY


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"speaker_nudge_days": 14}, "speaker_expiry_days"),
        ({"speaker_expiry_days": 5}, "speaker_expiry_days"),
        ({"rehearsal_ends_minutes": 14}, "rehearsal_ends_minutes"),
        ({"speaker_opens_minutes": 20}, "speaker_opens_minutes"),
        ({"rehearsal_ends_minutes": 45}, "speaker_opens_minutes"),
        ({"speaker_warning_days": "21,21"}, "speaker_warning_days"),
        ({"speaker_warning_days": "soon"}, "speaker_warning_days"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(wrong, variable):
    with pytest.raises(ValidationError, match=variable):
        Settings(**wrong)
    environment = {f"DELA_{name.upper()}": str(value) for name, value in wrong.items()}
    with pytest.raises(SettingsError, match=f"DELA_{variable.upper()}"):
        Settings.from_environment(environment)
    usable, problems = Settings.usable({**environment, "DELA_NAME": "Ting"})
    assert usable.name == "Ting"
    assert variable in problems
    assert usable.speaker_expiry_days == 14


def test_an_empty_setting_means_its_default_and_never_without_end():
    names = ("NUDGE_DAYS", "EXPIRY_DAYS", "EXPIRY_BEFORE_DAYS", "WARNING_DAYS", "OPENS_MINUTES")
    assert Settings.from_environment({f"DELA_SPEAKER_{name}": " " for name in names}) == FORUM
