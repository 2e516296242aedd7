"""What a release has stored every later program opens, serves, delivers from, exports and erases from.

Each set beside this file holds what one release stored, in each form, and what it made of it (make.py wrote it down).
A later program may add: fields, kinds of documents, mails, words on pages. It may not lose or rename a field, a state,
a reason, a collection, the form of an id, the purpose of a link or a Message-ID.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.golden import stored
from tests.golden.make import KEYS, MADE_AT, Story, the_same_random_values
from tests.golden.observe import (
    BACKUP,
    EXPECTED,
    FORMS,
    Golden,
    Opened,
    demo_offset,
    documents,
    kinds,
    opened_at,
    rows_of,
    types,
)

SETS = [Golden(path.parent) for path in sorted(Path(__file__).parent.glob(f"*/*/{EXPECTED}"))]
REAL = [each for each in SETS if "own_data" in each.expected]
DEMOS = [each for each in SETS if "demo_offset" in each.expected]
MARKS = {"firestore": (pytest.mark.firestore, pytest.mark.slow, pytest.mark.xdist_group("firestore"))}
SETTLED = {"due_at", "lease_until", "outcome", "cursor"}
"""What a restore changes of reminders that may have left since the backup."""
ENOUGH = timedelta(days=3 * 365)
"""After so long nothing is kept of anybody."""


def in_each_form(sets: list[Golden], *forms: str):
    """Run a test on each of these sets, in each form that it has."""
    cases = [
        pytest.param(golden, form, id=f"{golden.name}-{form}", marks=MARKS.get(form, ()))
        for golden in sets
        for form in forms or FORMS
        if golden.has(form)
    ]
    return pytest.mark.parametrize(("golden", "form"), cases)


@pytest.fixture
def opened(golden: Golden, form: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    if form == "firestore":
        emulator, project = (request.getfixturevalue(name) for name in ("emulator", "firestore_project"))
        way = golden.in_firestore(tmp_path, emulator, project)
    else:
        way = golden.in_sqlite(tmp_path) if form == "sqlite" else golden.from_backup(tmp_path)
    with way as opened:
        yield opened


def lost(before: stored.Documents, after: stored.Documents) -> list[str]:
    """What was held before and is not any more."""
    return [
        f"{name} {field}: {value!r} became {after.get(name, {}).get(field, 'nothing')!r}"
        for name, fields in before.items()
        for field, value in fields.items()
        if name not in after or not holds(after[name].get(field, "nothing"), value)
    ]


def holds(found: Any, expected: Any) -> bool:
    """Whether something holds all that is expected of it; more is fine in what has names."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(name in found and holds(found[name], value) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(holds, found, expected))
    return type(found) is type(expected) and found == expected


def without(documents: stored.Documents, collection: str, fields: set[str]) -> stored.Documents:
    """The documents, but for some fields of a collection."""
    return {
        name: {field: value for field, value in held.items() if field not in fields or not name.startswith(collection)}
        for name, held in documents.items()
    }


def missing(expected: list[list[str]], found: list[list[str]]) -> list[tuple[str, ...]]:
    """The mails that should have left and have not."""
    return list((Counter(map(tuple, expected)) - Counter(map(tuple, found))).elements())


def ids_of(mails: dict[str, list[list[str]]]) -> Counter[str]:
    """The Message-IDs of all mails that left, whenever they did."""
    return Counter(id for each in mails.values() for id, _ in each)


def told_in(data: bytes, told: list[str]) -> list[str]:
    """What of all that people told stands in some bytes, as JSON writes it."""
    return [each for each in told if json.dumps(each, ensure_ascii=False)[1:-1].encode() in data]


def test_the_first_release_is_among_them():
    assert [form for golden in REAL if golden.name == "v0.1.0/real" for form in FORMS if golden.has(form)] == [*FORMS]
    assert "v0.1.0/demo" in [golden.name for golden in DEMOS]


def test_the_story_can_still_be_told_for_the_next_release(tmp_path):
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))
    with opened_at(tmp_path, MADE_AT) as opened, the_same_random_values():
        Story(opened.forum).tell()

        assert len(opened.stored()) >= 150


@in_each_form(SETS)
def test_every_document_is_read_and_keeps_what_it_held_when_it_is_put_back(golden, form, opened, tmp_path):
    held = stored.in_backup(golden.folder / BACKUP, tmp_path / "unpacked") if form == "backup" else opened.stored()
    held = without(held, "pages/", SETTLED if form == "backup" else set())
    store = opened.forum.ports.store
    assert {name.split("/")[0] for name in held} <= {kind.collection for kind in kinds()}

    found = list(documents(store))
    read = {f"{each.collection}/{each.id}": each.model_dump(mode="json") for each in found}
    assert lost(held, read) == []
    assert all(store.get(type(each), each.id) == each for each in found)
    for start in range(0, len(found), 100):
        store.transact(lambda writing, part=found[start : start + 100]: [writing.put(each) for each in part])

    assert lost(held, opened.stored()) == []


@in_each_form(SETS)
def test_every_link_opens_what_it_opened_when_it_was_mailed(golden, form, opened):
    expected = golden.expected["links"]
    found = opened.answers([each["url"] for each in expected])

    for one, then in zip(found, expected, strict=True):
        assert one["status"] == then["status"], then["url"]
        assert set(then["holds"]) <= set(one["holds"]), then["url"]
        assert then["entry"] == one["entry"], "calendars know their entries by this"


@in_each_form(REAL)
def test_what_people_do_by_links_of_then_does_what_it_did(golden, form, opened):
    for act in golden.expected["acts"]:
        found, then = opened.act(act), act["then"]
        assert holds(found, then), act["url"]


@in_each_form(REAL)
def test_what_waited_leaves_once_with_the_message_id_of_then_and_nothing_leaves_again(golden, form, opened):
    expected = golden.expected["mails_after_restore" if form == "backup" else "mails"]
    may_have_left = ids_of(golden.expected["mails"]) - ids_of(expected)
    found = opened.leaving(golden.until)
    if form == "firestore":  # whose queue is lost: the schedule finds what waits
        expected, found = ({"later": each["woken"] + each["later"]} for each in (expected, found))

    for when, mails in expected.items():
        assert missing(mails, found[when]) == [], when
    assert [id for id, times in ids_of(found).items() if times > 1] == []
    assert ids_of(found) & Counter(golden.expected["sent"]) == Counter(), "these had left before"
    assert ids_of(found) & may_have_left == Counter(), "after the backup, as far as anybody knows"
    next_due = opened.forum.ports.queue.next_due()
    assert next_due is None or next_due > opened.forum.now


@in_each_form(REAL)
def test_a_person_gets_everything_that_was_stored_about_them(golden, form, opened):
    assert holds(opened.own_data(golden.expected["fresh_link"], "export"), golden.expected["own_data"])


@in_each_form(REAL)
def test_a_person_who_is_erased_is_in_no_byte_any_more(golden, form, opened):
    person = golden.expected["fresh_link"].rpartition("/")[2].split(".")[1]
    told = opened.told_of(person)
    assert len(told) >= 5
    assert told_in(opened.bytes(), told) == told

    opened.own_data(golden.expected["fresh_link"], "erase")
    opened.forum.later(minutes=1).travel(golden.made_at + timedelta(days=1))

    assert told_in(opened.bytes(), told) == []


@in_each_form(REAL)
def test_in_the_end_nobody_is_in_any_byte(golden, form, opened):
    told = opened.told_of()

    opened.forum.travel(golden.made_at + ENOUGH)

    assert told_in(opened.bytes(), told) == []


@in_each_form(REAL)
def test_who_signs_up_again_is_known_however_the_address_is_spelled(golden, form, opened):
    before = opened.stored()
    for meeting, address in golden.expected["known"]:
        fields = {"name": "Somebody", "email": address, "municipality": "Åre", "language": "sv"}
        assert opened.forum.web("signup").post(f"/signup/{meeting}", data=fields).status_code == 303

    people = {name for name in opened.stored() if name.startswith("registrations/")}
    assert people - set(before) == set()


@in_each_form(SETS, "sqlite", "backup")
def test_the_operator_is_told_the_same_numbers(golden, form, opened, tmp_path):
    told = types(tmp_path, golden.made_at, "status")

    assert holds(rows_of(told), golden.expected["status"])
    assert "@" not in told


@in_each_form(DEMOS, "sqlite", "backup")
def test_a_demo_lives_in_the_time_that_it_was_moved_to(golden, form, opened, tmp_path):
    ahead = demo_offset(tmp_path) - timedelta(seconds=golden.expected["demo_offset"])

    assert abs(ahead) < timedelta(minutes=1)
