"""Folders are the layers, and imports go one way (architecture.md, layout)."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ROOT / "functions"

FOUNDATION = {"errors", "settings"}
INNER = FOUNDATION | {"domain", "ports", "usecases"}
MAY_IMPORT = {
    "errors": set(),
    "settings": {"errors"},
    "domain": FOUNDATION | {"domain"},
    "ports": FOUNDATION | {"domain", "ports"},
    "usecases": INNER,
    "presentation": INNER | {"presentation"},
    "adapters": INNER,
    "endpoints": INNER | {"presentation", "endpoints"},
    "wiring": INNER | {"presentation", "adapters", "endpoints"},
}
OUTERMOST = {"main", "standalone", "cli", "demo", "commands"}
SHARED_BY_ADAPTERS = {
    f"dela.adapters.{name}"
    for name in ("files", "sqlite", "smtp_patience", "store_checks", "store_limits", "store_query")
}
"""Files that implement no port: how files are kept, how SQLite is opened, how SMTP waits, what every store refuses."""
OF_SEVERAL_FILES = ("dela.store.firestore", "dela.store.sqlite")
"""Adapters whose files begin with their name."""
TECHNOLOGIES = {
    "sqlite3": {"adapters"},
    "google": {"adapters"},
    "grpc": {"adapters"},
    "smtplib": {"adapters"},
    "dns": {"adapters"},
    "waitress": {"standalone"},
    "flask": set(),
    "functions_framework": set(),
    "jinja2": {"presentation"},
    "icalendar": {"presentation"},
    "itsdangerous": {"presentation"},
    "werkzeug": {"endpoints", "wiring", "standalone"},
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(CODE).with_suffix("").parts)


MODULES = {name_of(path): ast.parse(path.read_text()) for path in sorted(CODE.rglob("*.py"))}


def layer_of(module: str) -> str:
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


def test_imports_go_one_way():
    wrong = []
    for module, tree in MODULES.items():
        layer = layer_of(module)
        if layer in OUTERMOST or module.endswith("__init__"):
            continue
        assert layer in MAY_IMPORT, f"{module} belongs to no layer"
        for other in sorted(each for each in imports_of(tree) if each.startswith("dela.")):
            one = any(module.startswith(adapter) and other.startswith(adapter) for adapter in OF_SEVERAL_FILES)
            shared = layer == "adapters" and (one or other in SHARED_BY_ADAPTERS)
            if layer_of(other) not in MAY_IMPORT[layer] and not shared:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


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
            homes = TECHNOLOGIES.get(other.split(".")[0])
            if homes is not None and layer_of(module) not in homes:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


def test_the_domain_needs_the_standard_library_and_pydantic_only():
    outside = {
        other.split(".")[0]
        for module, tree in MODULES.items()
        if layer_of(module) == "domain"
        for other in imports_of(tree)
    }
    assert outside - {"dela", "pydantic"} <= set(sys.stdlib_module_names)


def test_only_the_settings_read_the_environment():
    lines = {module: attributes_of(tree, {"os"}, {"environ", "getenv"}) for module, tree in MODULES.items()}

    assert [module for module, found in lines.items() if found] == ["dela.settings"]


def test_use_cases_rules_and_pages_are_told_the_time():
    """`now` is an argument: nothing inside asks the machine's clock."""
    wrong = [
        f"{module}:{line}"
        for module, tree in MODULES.items()
        if layer_of(module) in ("domain", "ports", "usecases", "presentation", "endpoints")
        for line in attributes_of(tree, {"datetime", "date", "time"}, {"now", "utcnow", "today", "time"})
    ]
    assert wrong == []
