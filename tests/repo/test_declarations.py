"""What is declared can not be forgotten half: what belongs to it is looked for, and what is there is declared."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest

import dela
from dela.declarations import DECLARATIONS, DOCUMENTS
from dela.mailing.duty import Duty
from dela.mailing.kinds import MailKind
from dela.meetings.changes import OnMeeting
from dela.ports import Declared
from dela.store.keeping import OfPerson
from dela.web.language import LANGUAGES, SOURCE, translations
from dela.web.links import Link
from dela.wiring import ENDPOINTS
from tests.support.process import ROOT
from tests.support.visits import links_of

DECLARED = Declared(lambda: DECLARATIONS, lambda: DOCUMENTS)
MAILS, LINKS = DECLARED.all(MailKind), DECLARED.all(Link)
CODE = ROOT / "functions"
FOLDERS = {path.name: path for path in (ROOT / "templates" / "mails").iterdir() if path.name[0] not in "_."}
OF_A_PERSON = re.compile(
    r"(^|_)(name|email|mail|address|person|people|phone|cursor|organisation|text|story|answer|speaker|attendee|owner)s?$"
)
"""How fields are called that may hold somebody."""
TECHNICAL = {"lease_owner"}
"""A worker, for minutes."""

every_mail = pytest.mark.parametrize("kind", MAILS, ids=lambda kind: kind.name)
every_link = pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)


@cache
def modules() -> dict[str, object]:
    """Every module of the program, loaded."""
    names = [each.name for each in pkgutil.walk_packages(dela.__path__, "dela.")]
    return {name: importlib.import_module(name) for name in names}


def told_at_module_level(kind: type) -> Iterator[tuple[str, object]]:
    for name, module in modules().items():
        for variable, value in vars(module).items():
            for each in value if isinstance(value, tuple | list) else (value,):
                if isinstance(each, kind):
                    yield f"{name}.{variable}", each


@pytest.mark.parametrize("kind", [MailKind, Link, Duty, OnMeeting], ids=lambda kind: kind.__name__)
def test_whatever_is_declared_anywhere_is_in_the_list_that_everything_general_walks(kind):
    listed = DECLARED.all(kind)
    forgotten = [where for where, each in told_at_module_level(kind) if not any(each is other for other in listed)]

    assert forgotten == [], "list it in its room, or in dela/declarations.py"
    assert listed, "something of the kind is found"


def test_every_mail_has_its_templates_and_every_template_its_mail():
    """Without a folder it fails when it is to leave; a folder without a mail is read by nobody."""
    assert set(FOLDERS) == {kind.name for kind in MAILS}
    for name, path in FOLDERS.items():
        assert {each.name for each in path.iterdir()} - {"content.txt"} == {"body.html", "body.txt", "subject.txt"}, (
            name
        )


@every_mail
@pytest.mark.parametrize("body", ["body.txt", "body.html"])
def test_every_link_of_a_mail_is_in_its_text(kind, body):
    content = FOLDERS[kind.name] / "content.txt"  # what both bodies say, where it stands once
    text = (content if content.exists() else FOLDERS[kind.name] / body).read_text()

    assert [link.name for link in kind.links if not re.search(rf"\b{link.purpose}_url\b", text)] == []


@every_link
def test_every_link_reaches_somebody(link):
    """In a mail, in its header or calendar file, or on a page: what nobody is given is a door that is left open."""
    mailed = {each.name for kind in MAILS for each in (*kind.links, kind.one_click) if each is not None}
    entered = {kind.calendar.link.name for kind in MAILS if kind.calendar is not None}
    names = "|".join({where.rpartition(".")[2] for where, each in told_at_module_level(Link) if each is link})
    shown = any(re.search(rf"\.to\(\s*({names}),", path.read_text()) for path in CODE.rglob("web/*.py"))

    assert link.name in mailed | entered or shown


@every_link
def test_every_link_is_answered_by_the_function_in_its_path_and_opened_for_its_purpose(forum, link):
    """A link that is too old is 410 only where it was opened as what it is; elsewhere it is none of ours."""
    function = link.path.split("/")[1]
    old = links_of(forum).to(link, "2026-1.abc", forum.now - link.age - timedelta(seconds=1))

    assert function in ENDPOINTS
    assert forum.open(old).status_code == 410


def test_every_function_has_its_line_in_main_in_wiring_and_in_the_readme():
    deployed = re.findall(r'^(\w+) = target\("\1"\)$', (CODE / "main.py").read_text(), re.MULTILINE)
    table = (ROOT / "README.md").read_text().split("\n## What runs\n", 1)[1].split("\n#", 1)[0]
    told = re.findall(r"^\| (\w+) \|", table, re.MULTILINE)[1:]

    assert deployed == told
    assert sorted(deployed) == sorted(ENDPOINTS)


def test_every_file_that_answers_for_a_function_is_one():
    handling = {
        ".".join(path.relative_to(CODE).with_suffix("").parts)
        for path in CODE.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "handle"
    }

    assert handling == set(ENDPOINTS.values()), "wiring.ENDPOINTS names each"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_a_document_that_may_hold_somebody_says_whom_or_why_nobody(document):
    fields = {name: field.annotation for name, field in document.model_fields.items() if name not in TECHNICAL}
    suspicious = [name for name, type in fields.items() if OF_A_PERSON.search(name) and type not in (int, bool)]
    keeping = document.keeping

    assert not suspicious or isinstance(keeping, OfPerson) or keeping.because, suspicious
    if isinstance(keeping, OfPerson):
        assert "person" in document.model_fields
        assert ("person",) in document.indexes, "their documents are found by it"


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {SOURCE}))
def test_every_language_has_its_catalogue_compiled(language):
    folder = ROOT / "templates" / "translations" / language / "LC_MESSAGES"

    assert (folder / "dela.po").is_file()
    assert (folder / "dela.mo").is_file(), "run `make setup`"
    assert translations(language).info()


def test_every_catalogue_is_a_language():
    folders = {path.name for path in (ROOT / "templates" / "translations").iterdir() if path.is_dir()}

    assert folders == {*LANGUAGES} - {SOURCE}
