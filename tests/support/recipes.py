"""The recipes of docs/architecture.md, read as what they ask one to do, and done in a copy of this repository."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import ROOT, environment
from tools.package import compiled

PAGE = ROOT / "docs" / "architecture.md"
STEP = re.compile(r"^\*\*(\d)\. ", re.MULTILINE)
EDIT = re.compile(
    r"^(?P<new>New file )?`(?P<path>[^`]+)`"
    r"(?:, (?P<how>before|instead of|at the end)(?: (?P<quote>`{1,2})(?P<place>.+?)(?P=quote))?)?"
    r":\n\n```\w*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    """One change of one file: a new one (`how` is empty), or text before a line, instead of a text, or at the end."""

    path: str
    how: str
    place: str
    text: str

    def apply(self, root: Path) -> None:
        target = root / self.path
        if not self.how:
            assert not target.exists(), f"{self.path} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.text)
            return
        target.write_text(self._changed(target.read_text()))

    def _changed(self, before: str) -> str:
        if self.how == "at the end":
            return f"{before}\n{self.text}"
        where = f"\n{self.place}" if self.how == "before" else self.place
        assert before.count(where) == 1, f"{self.path} has {self.place!r} {before.count(where)} times"
        return before.replace(where, f"\n{self.text}{self.place}" if self.how == "before" else self.text.rstrip("\n"))


def steps_of(recipe: str) -> list[list[Edit]]:
    """What each step of a recipe changes."""
    part = PAGE.read_text().split(f"\n### Recipe: {recipe}\n", 1)[1].split("\n### ", 1)[0]
    steps = [list(_edits(text)) for text in STEP.split(part)[2::2]]
    assert sum(map(len, steps)) == part.count("```") / 2, "each block is read"
    return steps


def _edits(text: str) -> Iterator[Edit]:
    for found in EDIT.finditer(text):
        assert bool(found["new"]) != bool(found["how"])
        yield Edit(found["path"], found["how"] or "", found["place"] or "", found["text"])


def followed(root: Path, steps: Sequence[Sequence[Edit]], leaving_out: int | None = None) -> Path:
    """The tree at `root` after all steps but one, its catalogues compiled as `make setup` does."""
    for number, edits in enumerate(steps, 1):
        if number != leaving_out:
            for edit in edits:
                edit.apply(root)
    for catalogue in (root / "templates" / "translations").rglob("*.po"):
        catalogue.with_suffix(".mo").write_bytes(compiled(catalogue))
    return root


def run_tests(root: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """These files of tests, run on the tree at `root`."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    env = environment(PYTHONPATH=f"{root / 'functions'}:{root}", PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=500)
