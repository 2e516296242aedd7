"""The form of what is stored, and the steps to the next one, in every store (docs/decisions/0012)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dela.declarations import DECLARATIONS
from dela.duties.upgrade import upgrade, waiting
from dela.errors import Refused, TemporaryFailure
from dela.ports import Declared, Ports
from dela.store import form
from dela.store.contract import Query
from dela.store.form import HELD, STEPS, STORED, Form, form_of
from tests.support.forum import NOW, SetClock
from tests.support.steps import Spelling, Word, WordOfOld, put, release, step


@pytest.fixture
def ports(store, forum) -> Ports:
    """Ports of this program on the store: `again` makes them of the release that one is in."""
    return again(replace(forum.ports, store=store, clock=SetClock()))


def again(ports: Ports) -> Ports:
    from dela import declarations

    return replace(ports, declared=Declared(lambda: declarations.DECLARATIONS, lambda: ()))


def words(store) -> list[tuple[str, ...]]:
    return [each.letters for each in store.query(Word, Query())]


def test_the_steps_are_numbered_from_one_and_the_last_is_the_one_that_the_program_knows():
    assert [each.number for each in STEPS] == [*range(1, len(STEPS) + 1)]
    assert STEPS[-1].number == form.KNOWN
    assert set(STEPS) <= set(DECLARATIONS)


def test_what_the_first_release_stored_is_stamped_once(ports):
    assert form_of(ports.store) == Form(id=STORED)

    assert upgrade(ports, NOW) == len(STEPS)
    assert upgrade(ports, NOW) == 0

    assert ports.store.get(Form, STORED) == Form(id=STORED, done=form.KNOWN, needs=0)


@pytest.mark.parametrize("breaking", [True, False])
@pytest.mark.parametrize("stumbles_after", [0, 1, 3, 5])
def test_a_step_that_was_cut_short_is_taken_again_and_comes_to_the_same(ports, stumbles_after, breaking):
    put(ports.store, *(WordOfOld(id=f"{n}", text="ord"[: n + 1]) for n in range(5)))
    spelling = Spelling(stumbles_after)
    last = form.KNOWN + 2
    with release(step(last - 1, spelling, breaking=breaking), step(last)):
        ports = again(ports)
        if stumbles_after < 5:
            with pytest.raises(KeyboardInterrupt):
                upgrade(ports, NOW)
            assert form_of(ports.store).done == form.KNOWN - 2
            assert form_of(ports.store).needs == (last - 1 if breaking else 0), "others are kept out before it begins"
            with pytest.raises(TemporaryFailure, match="being upgraded"):
                upgrade(ports, NOW)  # (nobody knows that the first one is dead)
        spelling.stumbles_after = 1000
        later = NOW + HELD + timedelta(seconds=1)
        assert upgrade(ports, later) == 3 - (stumbles_after < 5)
        assert upgrade(ports, later) == 0

    assert words(ports.store) == [tuple("ord"[: n + 1]) for n in range(5)]
    assert ports.store.get(Form, STORED) == Form(id=STORED, done=last, needs=last - 1 if breaking else 0)
    assert spelling.runs == 1 + (stumbles_after < 5)


def test_while_one_takes_steps_another_waits(ports):
    heard = []

    def run(store, settings) -> None:
        with pytest.raises(TemporaryFailure) as waits:
            upgrade(ports, NOW)
        heard.append(str(waits.value))

    with release(step(form.KNOWN + 1, run)):
        ports = again(ports)
        upgrade(ports, NOW)

    assert heard == ["the data are being upgraded: please try again in a few minutes"]


def test_a_lock_far_in_the_future_is_a_clock_that_was_wrong(ports):
    put(ports.store, Form(id=STORED, owner="another", until=NOW + timedelta(days=400)))

    assert upgrade(ports, NOW) == len(STEPS)


def test_an_older_program_refuses_what_is_beyond_it_and_serves_what_was_added(ports):
    with release(step(form.KNOWN + 1), step(form.KNOWN + 2)):
        upgrade(again(ports), NOW)
    newer = ports.store.get(Form, STORED)
    assert upgrade(ports, NOW) == 0
    assert ports.store.get(Form, STORED) == newer, "the number does not go back"

    with release(step(form.KNOWN + 3, breaking=True)):
        upgrade(again(ports), NOW)
    for refused in (waiting, lambda ports: upgrade(ports, NOW)):
        with pytest.raises(Refused, match="a newer Dela has stored these data") as said:
            refused(ports)
        assert "\n" not in str(said.value)
