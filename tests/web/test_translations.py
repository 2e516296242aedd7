"""Every text has its Swedish, and both say the same things in the same places."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|%[sd]")


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """The texts of templates and code, as `make translations` finds them."""
    catalogue = Catalog()
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(str(ROOT), methods, options, directory_filter=_is_ours)
    for _, _, text, _, context in found:
        catalogue.add(text, context=context)
    assert len(catalogue) > 100
    return catalogue


def _is_ours(folder) -> bool:
    return not Path(folder).name.startswith((".", "node_modules"))


@pytest.fixture(scope="module")
def swedish() -> Catalog:
    with (ROOT / "templates" / "translations" / "sv" / "LC_MESSAGES" / "dela.po").open("rb") as file:
        return read_po(file, locale="sv")


def _texts(id) -> tuple[str, ...]:
    return id if isinstance(id, tuple | list) else (id,)


def test_every_text_is_translated(texts, swedish):
    missing = [text.id for text in texts if text.id and not _translated(swedish.get(_texts(text.id)[0]))]
    assert missing == [], "run `make translations`, and fill them in"


def _translated(found) -> bool:
    return found is not None and all(_texts(found.string)) and not found.fuzzy


def test_nothing_is_translated_that_no_longer_exists(texts, swedish):
    assert list(swedish.obsolete) == []
    unused = [text.id for text in swedish if text.id and texts.get(_texts(text.id)[0]) is None]
    assert unused == [], "run `make translations`, and delete them"


def test_nothing_is_fuzzy(swedish):
    assert [text.id for text in swedish if text.fuzzy] == []


def test_placeholders_are_the_same_in_both_languages(swedish):
    for text in swedish:
        for original, translation in zip(_texts(text.id), _texts(text.string), strict=True):
            assert sorted(PLACEHOLDER.findall(original)) == sorted(PLACEHOLDER.findall(translation)), text.id


def test_spaces_and_line_ends_at_the_edges_are_kept(swedish):
    for text in swedish:
        if text.id:
            for original, translation in zip(_texts(text.id), _texts(text.string), strict=True):
                assert (original.strip() == original) == (translation.strip() == translation), text.id
