"""A language is a catalogue and one line: Norwegian Bokmål joins a copy of the program, and nothing else is changed."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.support.process import ROOT

LINE = '        Language("nb", "Norsk bokmål", clock="HH:mm"),\n'
AFTER = '        Language("en", "English", clock="HH:mm"),\n'
VISIT = """
import json, sys, tempfile
from datetime import UTC, datetime
from pathlib import Path
from werkzeug import Request
from werkzeug.test import Client
from dela.mailing.deliver import deliver
from dela.meetings.run_meetings import plan_meeting
from dela.settings import Settings
from dela.wiring import endpoint, ports_of

class Clock:
    def now(self):
        return datetime(2026, 11, 24, 9, tzinfo=UTC)

def forum(language):
    keys = {"secret_keys": ("the-key-of-tests",), "identity_key": "the-identity-of-tests"}
    folder = Path(tempfile.mkdtemp(dir=sys.argv[1]))
    ports = ports_of(Settings(data_dir=folder, language=language, **keys), Clock())
    plan_meeting(ports, datetime(2026, 12, 3, 11, 10, tzinfo=UTC), Clock().now())
    handle = endpoint("signup")
    return ports, Client(Request.application(lambda request: handle(request, ports)))

ports, default = forum("nb")
_, swedish = forum("sv")
form = {"name": "Kari", "email": "kari@example.org", "municipality": "Åre", "language": "nb"}
posted = default.post("/2026-1", data=form)
ports.queue.run_due(lambda key: deliver(ports, key))
[mail] = (ports.settings.data_dir / "outbox").glob("*.eml")
print(json.dumps({
    "default": default.get("/").text,
    "chosen": swedish.get("/?lang=nb").text,
    "accepted": swedish.get("/", headers={"Accept-Language": "nb-NO, en;q=0.5"}).text,
    "swedish": swedish.get("/").text,
    "missing": swedish.get("/confirm/nothing").text,
    "thanks": default.get(posted.headers["Location"].split("/signup", 1)[1]).text,
    "wrong": default.post("/2026-1", data={"name": ""}).text,
    "mail": mail.read_text(),
}))
"""


def catalogue() -> Catalog:
    """Every text with a mark in front, so that each one which is not looked up is seen."""
    with (ROOT / "templates" / "translations" / "sv" / "LC_MESSAGES" / "dela.po").open("rb") as source:
        texts = read_po(source, locale="sv")
    made = Catalog(locale="nb")
    for message in texts:
        if message.id:
            marked = tuple(f"nb·{each}" for each in message.id) if message.pluralizable else f"nb·{message.id}"
            made.add(message.id, marked, flags=message.flags)
    return made


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bokmal")
    for name in ("functions", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    language = folder / "functions" / "dela" / "web" / "language.py"
    text = language.read_text()
    assert text.count(AFTER) == 1
    language.write_text(text.replace(AFTER, AFTER + LINE))
    target = folder / "templates" / "translations" / "nb" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "dela.mo").open("wb") as file:
        write_mo(file, catalogue())
    environment = {"PYTHONPATH": str(folder / "functions"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(folder)],
        env=environment,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["default", "chosen", "accepted", "thanks", "wrong"])
def test_pages_are_in_it_by_default_by_choice_and_by_the_browsers_wish(seen, page):
    assert '<html lang="nb">' in seen[page]
    assert "nb·" in seen[page]
    assert "desember 2026" in seen[page]
    for other, name in (("sv", "Svenska"), ("en", "English")):
        assert f'lang={other}" lang="{other}" hreflang="{other}">{name}</a>' in seen[page]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["swedish", "missing"])
def test_a_link_leads_to_it_from_the_pages_of_the_others(seen, page):
    assert 'lang=nb" lang="nb" hreflang="nb">Norsk bokmål</a>' in seen[page]
    assert "nb·" not in seen[page]


@pytest.mark.slow
def test_it_can_be_chosen_for_mails_and_they_are_in_it(seen):
    assert '<option value="nb" lang="nb" selected>Norsk bokmål</option>' in seen["default"]
    assert "Content-Language: nb" in seen["mail"]
    assert "nb=C2=B7" in seen["mail"]
