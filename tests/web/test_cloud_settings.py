"""A function in the cloud says at its start, all at once, what it lacks: not at the first sign-up."""

import pytest

from dela.settings import Settings, SettingsError
from dela.wiring import refuse_half_a_cloud
from tests.support.archive import SETTINGS


def test_what_is_whole_is_taken():
    refuse_half_a_cloud(Settings.from_environment(SETTINGS))


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"DELA_STORE"}))
def test_each_thing_that_is_missing_is_named(name):
    with pytest.raises(SettingsError) as refused:
        refuse_half_a_cloud(Settings.from_environment({**SETTINGS, name: ""}))

    assert [problem.split(":")[0] for problem in refused.value.problems] == [name]


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(SettingsError) as refused:
        refuse_half_a_cloud(Settings.from_environment({"DELA_STORE": "firestore://p", "DELA_QUEUE": "local"}))

    assert len(refused.value.problems) == len(SETTINGS) - 1


def test_what_works_at_home_only_is_refused_though_it_is_named():
    for name, value in (("DELA_QUEUE", "local"), ("DELA_MAIL", "outbox:/tmp/outbox")):
        with pytest.raises(SettingsError, match=name):
            refuse_half_a_cloud(Settings.from_environment({**SETTINGS, name: value}))


def test_in_the_cloud_one_proxy_is_counted_unless_told_otherwise():
    assert Settings.from_environment(SETTINGS).proxies == 1
    assert Settings.from_environment({**SETTINGS, "DELA_PROXIES": "2"}).proxies == 2
    assert Settings.from_environment({}).proxies == 0
    assert Settings.from_environment(SETTINGS).project == "dela-tests"
