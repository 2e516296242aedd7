"""The README and the other pages for newcomers say what is true."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from dela.operating import cli
from dela.operating import serving as standalone
from tests.support.process import ROOT, Process, environment, free_port

README = (ROOT / "README.md").read_text()
AT_HOME = (ROOT / "docs" / "at-home.md").read_text()
PAGES = {path: path.read_text() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]}


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table that follows a heading of a page."""
    section = page.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_it_opens_with_what_it_is_then_make_run_then_make_test():
    title, pitch, *_ = README.split("\n\n")
    commands = re.findall(r"^    (\S.*)$", README, re.MULTILINE)

    assert title == "# Dela"
    assert pitch.count(". ") <= 1, "two sentences"
    assert commands[:2] == ["make run", "make test"]


def test_the_table_of_functions_is_what_is_deployed_and_what_runs_at_home():
    listed = [row[0] for row in rows_of(README, "## What runs")]
    deployed = re.findall(r'^(\w+) = target\("(\w+)"\)$', (ROOT / "functions" / "main.py").read_text(), re.MULTILINE)
    endpoints = {name for name, _ in deployed}

    assert [name for name, _ in deployed] == [target for _, target in deployed] == listed
    assert set(standalone.PUBLIC) == endpoints - {"reminders", "delivery", "retention"}


def test_every_command_of_an_operator_is_told_and_can_be_typed_as_it_is_told():
    """What they do is watched in tests/e2e/test_operator_journey.py and its neighbours."""
    typed = [
        words
        for row in rows_of(AT_HOME, "## What an operator types")
        for words in re.findall(r"`dela ([^`]+)`", row[0])
    ]
    commands = re.findall(r"^    (\w+) ", cli._parser().format_help(), re.MULTILINE)

    for words in typed:
        cli._parser().parse_args(shlex.split(words))
    assert sorted(words.split()[0] for words in typed) == sorted(commands)


def test_every_make_target_that_is_named_exists():
    made = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for text in PAGES.values()
        for targets in re.findall(r"(?:^    |`)(?:[A-Z_]+=\S+ )*make ([a-z -]+?)(?:`|$)", text, re.MULTILINE)
        for target in targets.split()
    }

    assert {"run", "test", "check"} <= named <= made


def test_every_link_to_a_file_leads_there():
    for page, text in PAGES.items():
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
        made = set(re.findall(r"^New file `([^`]+)`", text, re.MULTILINE))
        named = re.findall(r"`((?:functions|templates|tests|docs|infra|bench|tools)/[\w./-]+)`", text)
        for target in set(named) - made:
            assert (ROOT / target).exists(), f"{page.name}: {target}"


def test_every_python_file_that_a_page_names_exists():
    """Under its whole path, or as one of a room's files is called among those who know the rooms."""
    places = ("functions", "tests", "tools", "bench")
    files = [path.relative_to(ROOT).as_posix() for place in places for path in (ROOT / place).rglob("*.py")]
    for page, text in PAGES.items():
        made = set(re.findall(r"^New file `([^`]+)`", text, re.MULTILINE))
        for named in set(re.findall(r"(?<![\w/.])([\w/]+\.py)\b", text)) - made:
            assert any(f"/{path}".endswith(f"/{named}") for path in files), f"{page.name}: {named}"


def test_every_decision_has_its_four_parts():
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        parts = re.findall(r"^(?:## (Context|Decision|Consequences)|(Status): \w+)", path.read_text(), re.MULTILINE)

        assert [a or b for a, b in parts] == ["Status", "Context", "Decision", "Consequences"], path.name
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_make_run_works_in_a_fresh_clone(tmp_path, tool):
    """With Python and make only; and Ctrl-C ends it without a complaint."""
    clone, port = tmp_path / "clone", free_port()
    copy_of_the_tree(clone)
    settings = {"PORT": str(port), "DELA_DATA_DIR": str(tmp_path / "data")}

    with Process([tool("make"), "run"], environment(**settings), tmp_path / "log", clone) as running:
        running.answers(f"http://localhost:{port}/", seconds=240)
        os.killpg(running.popen.pid, signal.SIGINT)
        running.popen.wait(30)

        assert f"http://localhost:{port}" in running.output
        assert "Traceback" not in running.output
    assert (tmp_path / "data" / "dela.sqlite3").exists()


def copy_of_the_tree(target: Path) -> None:
    """What a commit of the present tree would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
