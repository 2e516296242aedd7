"""docs/architecture.md is true: its picture of the rooms, and its table of what is stored."""

import re

import pytest

from dela.declarations import DOCUMENTS
from dela.settings import Settings, variable
from dela.store.keeping import OfPerson
from tests.repo.test_rooms import MODULES, ORDER, imports_of, room_of
from tests.support.everything import documents
from tests.support.forum import START
from tests.support.process import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PICTURE = [
    re.split(r"  {2,}", line.strip())[0].split()
    for line in PAGE.split("\n## The rooms\n", 1)[1].split("```text\n", 1)[1].split("\n```", 1)[0].splitlines()
]
FLOORS = {room: number for number, rooms in enumerate(reversed(PICTURE)) for room in rooms}
ROWS = {
    row[0].strip("`"): row[1:]
    for row in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.split("\n## What is stored\n", 1)[1].split("\n## ", 1)[0].splitlines()
        if line.startswith("| `")
    )
}
DAYS = {"keep_registrations_days": 1111, "keep_contacts_days": 2222}
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)


def test_its_picture_has_every_room():
    assert set(FLOORS) == set(ORDER)


def test_in_its_picture_every_import_goes_down_or_stays_on_its_floor():
    wrong = {
        f"{module} imports {other}"
        for module, tree in MODULES.items()
        for other in imports_of(tree)
        if other.startswith("dela.") and FLOORS[room_of(other)] > FLOORS[room_of(module)]
    }
    assert wrong == set()


def test_who_contributes_is_told_the_rooms_in_their_order():
    (line,) = [line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if "< web <" in line]

    assert tuple(re.findall(r"\w+", line)) == ORDER


def test_its_table_has_every_document():
    assert set(ROWS) == {document.__name__ for document in DOCUMENTS}


@every_document
def test_its_table_says_who_is_in_a_document(document):
    collection, _, who, _ = ROWS[document.__name__]
    keeping = document.keeping

    assert collection == document.collection
    if isinstance(keeping, OfPerson):
        assert who == "a person"
    else:
        assert who == ": ".join(filter(None, ["nobody", keeping.because]))


@every_document
def test_its_table_says_how_long_a_document_is_kept(document):
    kept = ROWS[document.__name__][3]
    settings, names = Settings(**DAYS), {days: variable(name) for name, days in DAYS.items()}

    assert set(re.findall(r"`(DELA_\w+)`", kept)) == {names[each.days(settings)] for each in document.keeping.until}
    assert (kept in ("for good", "for a day")) == (not document.keeping.until), "a duty of its room forgets it daily"


def test_its_table_says_what_ids_are_made_of(forum):
    meeting = forum.meeting()
    forum.confirmed(meeting)
    forum.travel(START.replace(hour=18))
    seen = set()

    for document in documents(forum.ports.store):
        kind = type(document).__name__
        pattern = "".join(_part(document, part) for part in re.findall(r"[a-z_]+|[A-Z]+|.", ROWS[kind][1]))
        assert re.fullmatch(pattern, document.id), (kind, document.id)
        seen.add(kind)

    assert seen >= {"Meeting", "Registration", "Figures", "AgendaItem", "Message", "AudiencePlan", "AudiencePage"}


def _part(document, part: str) -> str:
    """Small letters are a field's value, capitals are whatever else, signs are themselves."""
    if part.islower():
        return re.escape(str(getattr(document, part)))
    return r"[^/]+" if part.isupper() else re.escape(part)
