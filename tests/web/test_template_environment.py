"""Templates are compiled once and kept, and a changed template is never read from what was kept."""

import pytest

from dela.web import template_environment as module
from dela.web.language import translations


@pytest.fixture
def folder(tmp_path, monkeypatch):
    translations("en")
    (tmp_path / "pages").mkdir()
    monkeypatch.setattr(module, "templates_folder", lambda: tmp_path)
    return tmp_path / "pages"


def rendered(name="a.html"):
    return module.template_environment("pages", "en", autoescape=True, trim=True).get_template(name).render()


def test_a_template_is_compiled_once_for_many_starts(folder, monkeypatch):
    (folder / "a.html").write_text("one")
    assert rendered() == "one"
    monkeypatch.setattr("jinja2.Environment._generate", None)  # compiling fails from here on
    assert rendered() == "one"


def test_a_changed_template_is_compiled_anew(folder):
    (folder / "a.html").write_text("one")
    assert rendered() == "one"
    (folder / "a.html").write_text("two")
    assert rendered() == "two"


def test_what_was_kept_and_is_damaged_is_made_anew(folder):
    (folder / "a.html").write_text("one")
    assert rendered() == "one"
    for kept in (folder / "__pycache__").iterdir():
        kept.write_bytes(b"damaged")
    assert rendered() == "one"


def test_where_nothing_can_be_written_templates_are_read_all_the_same(folder):
    (folder / "a.html").write_text("one")
    (folder / "__pycache__").write_text("a file where the folder would be")
    assert rendered() == "one"
