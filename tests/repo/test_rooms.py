"""Folders are rooms, a room is a subject, and imports go one way (docs/architecture.md, "The rooms")."""

import ast
import sys
from pathlib import Path

from dela.declarations import DOCUMENTS

ROOT = Path(__file__).parents[2]
CODE = ROOT / "functions"

ORDER = (
    "version",
    "errors",
    "parsed",
    "settings",
    "store",
    "clock",
    "queue",
    "mail",
    "ports",
    "web",
    "mailing",
    "meetings",
    "speaking",
    "attending",
    "duties",
    "demo",
    "declarations",
    "wiring",
    "operating",
    "main",
)
"""A room may import from those before it, and from itself."""
HOMES_OF = {
    "sqlite3": ("dela.store", "dela.queue.local", "dela.operating"),
    "google": ("dela.store", "dela.queue"),
    "grpc": ("dela.store", "dela.queue"),
    "smtplib": ("dela.mail", "dela.operating.mail_probe"),
    "dns": ("dela.operating.names_dns",),
    "waitress": ("dela.operating.home_server",),
    "flask": (),
    "functions_framework": (),
    "jinja2": ("dela.web.template_environment", "dela.web.pages", "dela.mailing.letter_writing"),
    "icalendar": ("dela.meetings.calendar_file",),
    "itsdangerous": ("dela.web.links",),
    "werkzeug": (
        "dela.web",
        "dela.*.web",
        "dela.duties",
        "dela.demo",
        "dela.wiring",
        "dela.operating.serving",
        "dela.operating.outside",
    ),
}
"""Where a technology may be imported: in these rooms or files."""
WITHOUT_REQUESTS = ("dela.web.links", "dela.web.dates", "dela.web.language", "dela.web.template_environment")
"""What mails are made of as pages are; no request is seen there."""
RULES = (
    "dela.store.documents",
    "dela.store.identity",
    "dela.mailing.ledger",
    "dela.mailing.wakeups",
    "dela.meetings.meeting",
    "dela.speaking.agenda",
    "dela.speaking.invitation",
    "dela.speaking.places",
    "dela.speaking.progress",
    "dela.speaking.asking_times",
    "dela.speaking.schedule_of",
    "dela.speaking.run_sheet",
    "dela.clock.offset",
    "dela.clock.seen",
    "dela.meetings.civil",
    "dela.meetings.reminder_times",
    "dela.attending.registration",
    "dela.attending.figures",
    "dela.store.installation",
    "dela.operating.spf",
)
"""Documents and rules: they decide, and touch nothing outside."""
TOLD_THE_TIME = ("web", "mailing", "meetings", "speaking", "attending", "duties", "ports")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(CODE).with_suffix("").parts)


MODULES = {name_of(path): ast.parse(path.read_text()) for path in sorted(CODE.rglob("*.py"))}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "dela" and len(parts) > 1 else parts[0]


def imports_of(tree: ast.Module) -> set[str]:
    """The modules that a file imports anywhere in it, by their full names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_package = (CODE / node.module.replace(".", "/")).is_dir()
            found |= {f"{node.module}.{alias.name}" if is_package else node.module for alias in node.names}
    return found


def lies_in(module: str, place: str) -> bool:
    """Whether a module is this file or lies in this folder; `*` is any one room."""
    wanted, parts = place.split("."), module.split(".")
    return len(parts) >= len(wanted) and all(a in ("*", b) for a, b in zip(wanted, parts, strict=False))


def attributes_of(tree: ast.Module, owners: set[str], names: set[str]) -> list[int]:
    """The lines on which OWNER.NAME stands."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id in owners
    ]


def reached_from(module: str) -> set[str]:
    """All modules of ours that a module's imports lead to, early or late."""
    waiting, found = [module], set()
    while waiting:
        name = waiting.pop()
        if name in MODULES and name not in found:
            found.add(name)
            waiting += imports_of(MODULES[name])
    return found


def test_every_file_lies_in_a_room_that_is_known():
    assert {room_of(module) for module in MODULES if not module.endswith("__init__")} <= set(ORDER)


def test_imports_go_one_way():
    wrong = {
        f"{module} imports {other}"
        for module, tree in MODULES.items()
        for other in imports_of(tree)
        if other.startswith("dela.") and ORDER.index(room_of(other)) > ORDER.index(room_of(module))
    }
    assert wrong == set()


def test_no_files_of_a_room_import_each_other_in_a_circle():
    """Of two files that need each other, neither can be read, tested or loaded alone."""
    circles = {
        f"{module} <-> {other}"
        for module in MODULES
        for other in imports_of(MODULES[module])
        if other in MODULES and other > module and module in reached_from(other)
    }
    assert circles == set()


def test_no_import_is_relative():
    """The functions framework would load such a module a second time, with other classes for the same errors."""
    wrong = [
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert wrong == []


def test_a_technology_is_imported_where_it_belongs_only():
    wrong = []
    for module, tree in MODULES.items():
        for other in imports_of(tree):
            homes = HOMES_OF.get(other.split(".")[0])
            if homes is not None and not any(lies_in(module, home) for home in homes):
                wrong.append(f"{module} imports {other}")
    assert wrong == []


def test_mails_need_nothing_of_requests():
    """`delivery` takes no orders and shows no pages: what it loads knows neither."""
    for module in WITHOUT_REQUESTS:
        assert "werkzeug" not in {other.split(".")[0] for other in imports_of(MODULES[module])}
    mailing = [module for module in MODULES if room_of(module) == "mailing"]
    reached = {other for module in mailing for other in reached_from(module)}
    assert [module for module in sorted(reached) if lies_in(module, "dela.*.web")] == []


def test_documents_and_rules_are_pure():
    """They need the standard library and pydantic only, and everything that is stored is among them."""
    outside = {other.split(".")[0] for module in RULES for other in imports_of(MODULES[module])}

    assert outside - {"dela", "pydantic"} <= set(sys.stdlib_module_names)
    assert not outside & {"os", "pathlib", "socket", "sqlite3", "smtplib", "threading", "time"}


def test_only_the_settings_read_the_environment():
    lines = {module: attributes_of(tree, {"os"}, {"environ", "getenv"}) for module, tree in MODULES.items()}

    assert [module for module, found in lines.items() if found] == ["dela.settings"]


def test_use_cases_rules_and_pages_are_told_the_time():
    """`now` is an argument: nothing inside asks the machine's clock."""
    wrong = [
        f"{module}:{line}"
        for module, tree in MODULES.items()
        if room_of(module) in TOLD_THE_TIME
        for line in attributes_of(tree, {"datetime", "date", "time"}, {"now", "utcnow", "today", "time"})
    ]
    assert wrong == []


def test_every_document_that_is_stored_is_declared():
    """What is not in the list has no index, is in no copy of the tests, and is found by nobody who looks for people."""
    stored = {
        f"{module}.{node.name}"
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _names_a_collection(node)
    }
    assert stored == {f"{kind.__module__}.{kind.__qualname__}" for kind in DOCUMENTS}
    assert len(stored) >= 11


def _names_a_collection(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and each.target.id == "collection"
        and each.value is not None
        for each in node.body
    )
