"""docs/settings.md describes every setting, no other, and tells its true default."""

import re

import pytest

from dela.settings import Settings, variable
from tests.support.process import ROOT

ROW = re.compile(r"^\| `([A-Z_]+)`( ●)? \| (.*?) ?\| (.+) \|$", re.MULTILINE)
ROWS = {name: (default, what) for name, _, default, what in ROW.findall((ROOT / "docs" / "settings.md").read_text())}
FIELDS = {variable(field): field for field in Settings.model_fields}


def test_every_setting_is_described_once_and_nothing_else_is():
    listed = [match[1] for match in ROW.finditer((ROOT / "docs" / "settings.md").read_text())]

    assert sorted(listed) == sorted(FIELDS)
    assert len(listed) == len((ROOT / "docs" / "settings.md").read_text().split("\n| `")) - 1, "each row can be read"
    assert all(len(what) > 8 for _, what in ROWS.values())


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_its_default_is_the_one_that_is_told(name):
    told = ROWS[name][0]
    default = getattr(Settings(), FIELDS[name])

    if told.startswith("`"):
        given = Settings.from_environment({name: told.strip("`")})
        assert getattr(given, FIELDS[name]) == default
        assert default not in ("", (), None)
    else:
        assert default in ("", (), None), "what is made or derived has no default of its own"
