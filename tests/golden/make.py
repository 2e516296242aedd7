"""Makes a golden set: what the present program stores, in every form, and what it makes of it.

Run by hand, once for each release that stores anything in a new form, before that release is tagged:

    .venv/bin/python -m tests.golden.make v0.2.0

It writes tests/golden/v0.2.0 beside the sets of earlier releases; test_golden.py finds each by itself. A set is never
made anew: what a release has stored is stored. If the program has learned something that no earlier set holds, first
let story.py tell of it. Needs Google's Firestore emulator (gcloud, or FIRESTORE_EMULATOR_HOST). But for the times in
the backup's archive the same program makes the same bytes.
"""

import html
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dela.attending.registration import RegistrationState
from dela.attending.seating import Settling
from dela.clock.offset import ClockOffset
from dela.declarations import DECLARATIONS
from dela.mailing.kinds import MailKind
from dela.mailing.ledger import MessageState
from dela.meetings.meeting import MeetingState
from dela.operating.claim import claim
from dela.store.installation import Purpose
from tests.golden.observe import BACKUP, EXPECTED, FILE, Golden, Opened, in_project, opened_at, rows_of, types
from tests.golden.observe import KEYS as KEYS_FILE
from tests.golden.stored import Documents, in_sqlite
from tests.golden.story import ANNA, KEYS, MADE_AT, NEXT, Story
from tests.support.emulator import emulator_command
from tests.support.everything import kinds
from tests.support.forum import Forum, link, text_of
from tests.support.process import Process, environment, free_port

REASONS = [each.name for each in DECLARATIONS if isinstance(each, MailKind)]
RANDOM = ("dela.mailing.lease", "dela.queue.local", "dela.store.firestore")
"""Where the program makes random values that are stored."""
LINKED = (
    "marta@example.org",
    ANNA,
    "eric@example.org",
    "pending@example.org",
    "expired@example.org",
    "back@example.org",
    "undecided@example.org",
    "reader.cancelled@example.org",
    "reader.moved@example.org",
)
"""Whose links are kept, as they stood in their mails."""
KNOWN = (
    ("2026-3", "Anna.ANDERSSON@example.org"),
    ("2026-3", "Åsa@Fjällvägen.example"),
    ("2027-2", "OFTEN@EXAMPLE.ORG"),
)
"""Where who is registered already, by another spelling of their address."""
NUMBERS = ("CONFIRMED", "PENDING", "LEFT", "PRESENT")
DEMO_OFFSET = 777_600.5


def main(release: str) -> None:
    """Make the sets of a release: one of a real forum, one of a demo."""
    target = Path(__file__).parent / release
    target.mkdir()
    with tempfile.TemporaryDirectory() as temporary, emulator(Path(temporary)) as host:
        real(target / "real", Path(temporary, "real"), host)
        demo(target / "demo", Path(temporary, "demo"))
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target}: {size:,} bytes")


def real(target: Path, work: Path, host: str) -> None:
    """A forum with everything, in all three forms."""
    keys_in(target, KEYS)
    with opened_at(keys_in(work / "home", KEYS), MADE_AT) as opened, the_same_random_values():
        Story(opened.forum).tell()
        keep(opened, target)
        refuse_gaps(in_sqlite(target / FILE))
        links, acts, fresh = links_of(opened.forum), acts_of(opened.forum), fresh_link_of(opened.forum)
        sent = sorted(str(mail["Message-ID"]) for mail in opened.forum.mails)
    with in_project(keys_in(work / "cloud", KEYS), host, "golden", MADE_AT) as opened, the_same_random_values():
        Story(opened.forum).tell()
        Golden(target).keep_lines(opened.wire.read())
        assert opened.stored() == in_sqlite(target / FILE), "the story is the same in both homes"
    write_down(target, work / "expected", links, acts, fresh_link=fresh, known=KNOWN, sent=sent)


def demo(target: Path, work: Path) -> None:
    """A demo's forum: small, with a clock that is ahead."""
    keys = {**KEYS, "made_for": "demo"}
    keys_in(target, keys)
    with opened_at(keys_in(work / "home", keys), MADE_AT) as opened, the_same_random_values():
        forum = opened.forum
        claim(forum.ports.store, Purpose.DEMO, forum.now)
        forum.ports.store.create(ClockOffset(id="demo", seconds=DEMO_OFFSET))
        forum.confirmed(forum.meeting(NEXT), ANNA)
        keep(opened, target)
        (target / FILE).unlink()  # (it is in the backup)
        forum.deliver()
        links = links_in(forum.last_mail)
    write_down(target, work / "expected", links, [], demo_offset=DEMO_OFFSET)


def keep(opened: Opened, target: Path) -> None:
    """Put the database, whole and small, and a backup of it into the set."""
    forum = opened.forum
    forum.ports.store.backup(target / FILE)
    with closing(sqlite3.connect(target / FILE)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    types(forum.folder, MADE_AT, "backup", str(target / BACKUP))


def write_down(target: Path, work: Path, links: list[str], acts: list[dict[str, Any]], **more: Any) -> None:
    """What this program makes of the set: pages, acts, mails, data, status."""
    expected: dict[str, Any] = {"made_at": MADE_AT.isoformat(), "until": NEXT.isoformat(), **more}
    (target / EXPECTED).write_text(json.dumps(expected))  # (for the set to be opened)
    golden = Golden(target)

    def opened(name: str) -> AbstractContextManager[Opened]:
        (work / name).mkdir(parents=True)
        return golden.from_backup(work / name) if name == "restored" else golden.in_sqlite(work / name)

    with opened("links") as found:
        expected["links"] = found.answers(links)
    with opened("acts") as found:
        expected["acts"] = [{**act, "then": found.act(act)} for act in acts]
    with opened("mails") as found:
        expected["mails"] = found.leaving(NEXT)
    with opened("restored") as found:
        expected["mails_after_restore"] = found.leaving(NEXT)
    with opened("data") as found:
        if "fresh_link" in more:
            expected["own_data"] = found.own_data(more["fresh_link"], "export")
        expected["status"] = numbers_of(types(found.forum.folder, MADE_AT, "status"))
    (target / EXPECTED).write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")


def refuse_gaps(told: Documents) -> None:
    """Fail where the story does not tell of a kind of document, or of a state, that the program knows."""
    collections = {name.split("/")[0] for name in told}
    elsewhere = (ClockOffset, Settling)  # a demo's, and what is gone as soon as it is done
    gaps = [kind.collection for kind in kinds() if kind not in elsewhere and kind.collection not in collections]
    mails = {(held["reason"], held["state"]) for name, held in told.items() if name.startswith("messages/")}
    gaps += [f"a mail {reason} {state}" for reason in REASONS for state in MessageState if (reason, state) not in mails]
    for collection, states in (("meetings", MeetingState), ("registrations", RegistrationState)):
        found = {held["state"] for name, held in told.items() if name.startswith(f"{collection}/")}
        gaps += [f"{collection} {state}" for state in states if state not in found]
    assert not gaps, f"let story.py tell of these: {gaps}"


def links_of(forum: Forum) -> list[str]:
    """The links of some people's mails, as they stood there, calendars, and what a region's website reads."""
    mailed = [url for address in LINKED for mail in forum.mails_to(address) for url in links_in(mail)]
    latest = {url.rpartition(".")[0].rpartition(".")[0] or url: url for url in mailed}  # of each kind and person
    managing = [url for url in latest.values() if "/manage/" in url]
    pages = [html.unescape(forum.open(url).text) for url in managing]
    calendars = [url for page in pages for url in re.findall(r"http://[^\s\"]+/calendar/[^\s\"]+", page)]
    return sorted({*latest.values(), *calendars, f"{forum.settings.base_url}/signup/meetings.json"})


def links_in(mail: EmailMessage) -> list[str]:
    """All links of a mail to pages of ours."""
    found = re.findall(r"http://\S+", f"{text_of(mail)} {mail['List-Unsubscribe'] or ''}")
    return sorted({url.rstrip(">.,") for url in found})


def acts_of(forum: Forum) -> list[dict[str, Any]]:
    """What people do by their links from then on, in order of time."""

    def act(address: str, part: str, moment: datetime = MADE_AT, **form: str) -> dict[str, Any]:
        url = next(each for mail in reversed(forum.mails_to(address)) for each in links_in(mail) if part in each)
        return {"at": moment.isoformat(), "url": url, "form": form}

    wishes = {"name": "Erik Ändrad", "organisation": "Ny AB", "municipality": "Åre", "language": "sv"}
    return [
        act("pending@example.org", "/confirm/"),
        act("eric@example.org", "/manage/", action="change", **wishes),
        act("back@example.org", "/manage/", action="leave"),
        act("reader.moved@example.org", "/unsubscribe/", **{"List-Unsubscribe": "One-Click"}),
        act(ANNA, "/join/", NEXT - timedelta(minutes=5)),
    ]


def fresh_link_of(forum: Forum) -> str:
    """The link behind which a person may take their data along for an hour."""
    return link(forum.mails_to(ANNA)[-1], "/manage/")


def numbers_of(status: str) -> dict[str, dict[str, str]]:
    """What `dela status` tells of each meeting in numbers."""
    return {meeting: {name: row[name] for name in NUMBERS} for meeting, row in rows_of(status).items()}


def keys_in(folder: Path, keys: dict[str, str]) -> Path:
    """A new folder that holds these keys."""
    folder.mkdir(parents=True)
    (folder / KEYS_FILE).write_text(json.dumps(keys))
    return folder


@contextmanager
def the_same_random_values() -> Iterator[None]:
    """Let the program make the same random values each time."""
    with ExitStack() as stack:
        for module in RANDOM:
            seeded = random.Random(module)
            stack.enter_context(patch(f"{module}.token_hex", lambda size, seeded=seeded: seeded.randbytes(size).hex()))
        yield


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """HOST:PORT of Google's Firestore emulator."""
    if named := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        yield named
        return
    host = f"127.0.0.1:{free_port()}"
    java = {name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ}
    with Process(emulator_command(host), environment(**java), folder / "emulator.log") as process:
        process.answers(f"http://{host}/", 120)
        yield host


if __name__ == "__main__":
    main(*sys.argv[1:])
