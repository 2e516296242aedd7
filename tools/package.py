"""Build dist/dela.zip, the archive that is deployed: the same tree gives the same bytes, on any machine.

What is inside follows from functions/main.py: the modules that its functions reach, the templates, their compiled
catalogues, and the locked requirements (docs/decisions/0005-archive.md).
"""

import ast
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dela.wiring import ENDPOINTS

ROOT = Path(__file__).parents[1]
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the earliest that a zip file can tell."""
READABLE = 0o100644 << 16
UNIX = 3
TEMPLATES = (".html", ".txt", ".css", ".js", ".po")
"""What templates/ holds; editors and systems leave other things there."""
VERSION = "dela/version.py"
DEMO = "demo_"
"""How the templates begin that only the demo shows."""


def main() -> None:
    """Write the archive and say what it is."""
    target = ROOT / "dist" / "dela.zip"
    target.parent.mkdir(exist_ok=True)
    data = archive(ROOT)
    target.write_bytes(data)
    with ZipFile(target) as written:
        files = len(written.namelist())
    print(f"{target.relative_to(ROOT)}: {len(data) / 1024:.0f} KiB, {files} files, sha256 {sha256(data).hexdigest()}")


def archive(root: Path) -> bytes:
    """The archive of the tree at `root`. Its entries are not compressed: zlib's bytes differ between its versions."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as writer:
        for name, data in sorted(entries(root)):
            info = ZipInfo(name, EARLIEST)
            info.external_attr, info.create_system = READABLE, UNIX
            writer.writestr(info, data)
    return buffer.getvalue()


def entries(root: Path) -> Iterator[tuple[str, bytes]]:
    """The names and contents of all that is deployed."""
    yield "requirements.txt", (root / "requirements.txt").read_bytes()
    for path in reached(root / "functions"):
        yield path.relative_to(root).as_posix(), path.read_bytes()
    for path in sorted(path for path in (root / "templates").rglob("*") if path.suffix in TEMPLATES):
        name = path.relative_to(root)
        if path.suffix == ".po":
            yield name.with_suffix(".mo").as_posix(), compiled(path)
        elif not path.name.startswith(DEMO):
            yield name.as_posix(), path.read_bytes()


def compiled(catalogue: Path) -> bytes:
    """A catalogue as gettext reads it, made from its source: what lies compiled in the tree may be old."""
    buffer = BytesIO()
    with catalogue.open("rb") as source:
        write_mo(buffer, read_po(source))
    return buffer.getvalue()


def reached(functions: Path) -> set[Path]:
    """main.py, every module of ours that its functions may import, early or late, and which Dela it is."""
    endpoints = (_endpoint(functions, name) for name in targets(functions / "main.py"))
    waiting = [functions / "main.py", functions / VERSION, *endpoints]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(functions, path)
    return found


def targets(main_file: Path) -> list[str]:
    """The names of the functions that are deployed."""
    return re.findall(r'^(\w+) = target\("\1"\)$', main_file.read_text(), re.MULTILINE)


def _endpoint(functions: Path, name: str) -> Path:
    """The endpoint's file, which wiring names by a string: no import leads there."""
    return functions.joinpath(*ENDPOINTS[name].split(".")).with_suffix(".py")


def _imported(functions: Path, path: Path) -> Iterator[Path]:
    """The files of our modules that one file imports anywhere in it, and of the packages around it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    for name in names:
        place = functions.joinpath(*name.split("."))
        yield from (each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file())
    beside = path.parent / "__init__.py"
    if beside.is_file():
        yield beside


if __name__ == "__main__":
    sys.exit(main())
