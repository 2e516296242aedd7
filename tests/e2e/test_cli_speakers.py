"""What an operator types about speakers."""

import pytest

from dela.mailing.ledger import Message
from dela.speaking.invitation import Invitation
from dela.store.contract import Query
from tests.support.operator import Operator

MARCH, JUNE = "2097-03-04T12:10", "2097-06-03T12:10"
MARTA = "marta@example.org"


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    operator = Operator(tmp_path, monkeypatch, capsys)
    operator.types("plan", MARCH, JUNE)
    return operator


def invites(operator, address=MARTA, name="Märta Jonsdotter", meeting="2097-1", **more):
    told = {"name": name, "organisation": "Ströms Tunnbröd", "municipality": "Strömsund", **more}
    return operator.types("invite", meeting, address, *(f"--{key}={value}" for key, value in told.items()))


def stored(operator, kind):
    with operator.store() as store:
        return store.query(kind, Query())


def test_invite_asks_by_one_mail_and_speakers_shows_where_it_stands_without_an_address(operator):
    said = invites(operator, phone="070-1234567", line="Vi hörde om ert bröd")
    assert "Märta Jonsdotter is asked for 2097-1" in said
    [asked] = stored(operator, Invitation)
    assert (asked.phone, asked.line, asked.language) == ("070-1234567", "Vi hörde om ert bröd", "sv")
    assert [each.reason for each in stored(operator, Message)] == ["speaker_invited"]
    shown = operator.types("speakers")
    assert "Märta Jonsdotter" in shown
    assert "asked, waiting" in shown
    assert "3 speakers are missing" in shown
    assert "@" not in shown
    assert "2097-2" not in operator.types("speakers", "2097-1")


def test_who_is_asked_already_is_named_with_since_when_and_can_be_asked_again_a_day_later(operator):
    invites(operator)
    for meeting in ("2097-1", "2097-2"):
        said = operator.is_refused(
            "invite", meeting, "Marta@example.org", "--name=M", "--organisation=S", "--municipality=Åre"
        )
        assert "Märta Jonsdotter was asked for 2097-1 already: asked on" in said
        assert "waiting" in said
    assert "within the last day" in operator.is_refused("invite", "2097-1", MARTA, "--again")
    assert len(stored(operator, Message)) == 1


def test_everything_that_is_wrong_is_said_at_once_and_nobody_is_asked(operator):
    said = operator.is_refused("invite", "2097-1", "marta@", "--municipality=Oslo", "--language=tlh")
    for part in ("address:", "name:", "organisation:", "municipality: Oslo", "Strömsund", "language: tlh"):
        assert part in said
    assert "no such meeting" in operator.is_refused("invite", "2099-1", MARTA, "--name=M")
    assert stored(operator, Invitation) == []


def test_what_was_said_on_the_telephone_is_entered_and_the_order_set(operator):
    people = {MARTA: "Märta", "johan@example.org": "Johan", "elin@example.org": "Elin"}
    for address, name in people.items():
        invites(operator, address, name)
        assert "yes; they are told by mail" in operator.types("answer", "2097-1", address, "yes")
    assert "nothing was changed" in operator.types("answer", "2097-1", MARTA, "yes")
    shown = operator.types("order", "2097-1", "elin@example.org", "johan@example.org", MARTA)
    assert [shown.index(f"{place}. {name}") for place, name in ((1, "Elin"), (2, "Johan"), (3, "Märta"))] == sorted(
        shown.index(f"{place}. {name}") for place, name in ((1, "Elin"), (2, "Johan"), (3, "Märta"))
    )
    assert "missing: what they share, a telephone for the day" in shown
    assert "is named twice" in operator.is_refused("order", "2097-1", MARTA, MARTA)
    assert "nobody with this address was asked for 2097-2" in operator.is_refused("answer", "2097-2", MARTA, "yes")


def test_a_place_that_is_given_back_is_offered_to_the_first_who_stands_by(operator):
    assert "nobody stands by" in operator.is_refused("offer", "2097-1")
    for number in range(5):
        invites(operator, f"n{number}@example.org", f"N{number}")
    for number in range(4):
        operator.types("answer", "2097-1", f"n{number}@example.org", "yes")
    assert "all places are taken" in operator.is_refused("answer", "2097-1", "n4@example.org", "yes")
    operator.types("answer", "2097-1", "n4@example.org", "standby")
    operator.types("answer", "2097-1", "n0@example.org", "remove")
    assert "N4 is asked whether they take the place" in operator.types("offer", "2097-1")
    assert "taken off" in operator.types("speakers", "2097-1")
