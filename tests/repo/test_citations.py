"""What a docstring or comment refers its reader to can be read here: the page, and the part of it that is named."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import ROOT

PLACES = ("functions", "tests", "tools", "bench")
OTHERS = ("Makefile", "pyproject.toml", "babel.cfg", ".ci/run")
PAGE = re.compile(r'(?<![\w/.-])([\w./-]+\.md)\b(?:, "([^"]+)")?')
DECISION = re.compile(r"docs/decisions/(\d{4})(?!-)")
ELSEWHERE = re.compile(
    r"\bissues? of\b|\bdocs/decisions\b(?!/)|\b(?:product|architecture|platform) page\b", re.IGNORECASE
)
"""What refers to something without saying where it lies."""


def told(text: str) -> Iterator[str]:
    """The comments and the texts that stand by themselves (docstrings) of a module, each on one line."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield " ".join(node.value.value.split())


def sources() -> Iterator[tuple[Path, str]]:
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            yield from ((path.relative_to(ROOT), text) for text in told(path.read_text()))
    for name in OTHERS:
        yield from ((Path(name), line) for line in (ROOT / name).read_text().splitlines())


def wrong_in(text: str) -> list[str]:
    """What this text refers to in vain."""
    wrong = [f"{found[0]} says not where" for found in ELSEWHERE.finditer(text)]
    for page, part in PAGE.findall(text):
        if not (ROOT / page).is_file():
            wrong.append(f"{page} is not here")
        elif part and not re.search(rf"^#+ {re.escape(part)}$", (ROOT / page).read_text(), re.MULTILINE):
            wrong.append(f"{page} has no part {part}")
    wrong += [f"there is no decision {each}" for each in DECISION.findall(text) if not _decided(each)]
    return wrong


def _decided(number: str) -> bool:
    return any((ROOT / "docs" / "decisions").glob(f"{number}-*.md"))


def test_what_is_cited_is_here():
    cited = list(sources())
    found = [text for _, text in cited if PAGE.search(text)]

    assert [f"{path}: {wrong}" for path, text in cited for wrong in wrong_in(text)] == []
    assert len(found) > 15, "the citations are seen"


@pytest.mark.parametrize(
    "text",
    [
        "The surprise (product.md).",
        'Longer than sending it (docs/architecture.md, "Measures of old").',
        "An issue of the attendee's journey says so.",
        "Nothing is stored (docs/decisions tells why).",
        "See docs/decisions/9999.",
    ],
)
def test_a_citation_that_leads_nowhere_is_seen(text):
    assert wrong_in(text)
