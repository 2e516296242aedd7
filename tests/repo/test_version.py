"""Data and archives say which Dela made them: one place says it, and the changelog tells what that version brought."""

import re
import tomllib
from importlib.metadata import version

import pytest

from dela.operating import claim, cli
from dela.store.installation import THIS, Installation, Purpose
from dela.version import VERSION
from tests.support.process import ROOT


def test_the_package_takes_its_version_from_the_one_place_that_says_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "dela.version.VERSION"}
    assert version("dela") == VERSION, "run `make setup`"


def test_the_changelog_has_an_entry_for_it_and_its_day():
    entries = re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert entries[0] == VERSION


def test_data_say_which_dela_made_them_whichever_uses_them_later(forum, monkeypatch):
    claim.claim(forum.ports.store, Purpose.REAL, forum.now)
    monkeypatch.setattr(claim, "VERSION", "9.9.9")
    claim.claim(forum.ports.store, Purpose.REAL, forum.now)

    assert forum.ports.store.get(Installation, THIS).made_by == VERSION


def test_dela_says_its_version(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])

    assert (left.value.code, capsys.readouterr().out) == (0, f"dela {VERSION}\n")
