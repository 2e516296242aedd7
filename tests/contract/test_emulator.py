"""The emulator that other tests stand on."""

from contextlib import closing

import pytest

from tests.support import emulator as module

pytestmark = [pytest.mark.firestore, pytest.mark.slow, pytest.mark.xdist_group("firestore")]


def test_each_test_gets_an_empty_database_of_its_own(firestore_project):
    from google.cloud import firestore

    other = f"{firestore_project}-other"
    with closing(firestore.Client(firestore_project)) as here, closing(firestore.Client(other)) as there:
        here.collection("things").document("one").set({"a": 1}, timeout=10)

        assert here.collection("things").document("one").get(timeout=10).to_dict() == {"a": 1}
        assert not there.collection("things").document("one").get(timeout=10).exists


def test_without_the_emulator_a_test_is_skipped_and_ci_fails(monkeypatch):
    monkeypatch.setattr(module, "which", lambda name: None)
    monkeypatch.setattr("tests.support.missing.IN_CI", False)
    with pytest.raises(pytest.skip.Exception, match="emulator"):
        module.emulator_command("127.0.0.1:1")

    monkeypatch.setattr("tests.support.missing.IN_CI", True)
    with pytest.raises(pytest.fail.Exception, match="emulator"):
        module.emulator_command("127.0.0.1:1")
