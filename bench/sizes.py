"""The bytes of each public page and of each mail, in Swedish, which is the longer language."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from werkzeug import Request
from werkzeug.test import Client

from bench.effort import Effort
from bench.table import Row
from dela.attending.confirm import confirm
from dela.attending.mails import MAILS
from dela.attending.registration import Registration, Wishes
from dela.attending.sign_up import sign_up
from dela.mailing.letters import letters_of
from dela.meetings.run_meetings import plan_meeting
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking.answer import Choice, answer
from dela.speaking.invite import Wanted, invite
from dela.speaking.links import HOST, INVITATION
from dela.store.identity import person_id, registration_id
from dela.web.links import Links
from dela.wiring import endpoint, ports_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KIB = 1024
LARGEST_PAGE = 14
ADDRESS = "anna@example.org"


class _Clock:
    meant = True

    def now(self) -> datetime:
        return NOW


def measure(folder: Path, _: Effort) -> Iterator[Row]:
    key = "the-key-of-the-bench"
    settings = Settings(data_dir=folder / "sizes", secret_keys=(key,), identity_key=key, coordinator_name="Karin")
    ports = ports_of(settings, _Clock())
    meeting = plan_meeting(ports, NOW + timedelta(days=9), NOW)
    sign_up(ports, meeting.id, ADDRESS, Wishes(name="Anna Åkerström", language="sv", municipality="Åre"), NOW)
    id = registration_id(meeting.id, person_id(settings.identity_key, ADDRESS))
    registration = ports.store.get(Registration, id)
    assert registration is not None
    letters = {kind.name: ports.once(letters_of).letter(kind, meeting, "sv", NOW) for kind in MAILS}
    mails = {name: letter.fill(registration, "id", NOW).data for name, letter in letters.items()}
    links = {
        "sign-up": "/signup",
        "thanks": f"/signup/{meeting.id}/thanks",
        "confirm": _link(mails["confirm"], "/signup/confirm/"),
        "not found": "/signup/confirm/nothing",
    }
    pages = {name: _page(ports, "signup", path) for name, path in links.items()}
    confirm(ports, id, NOW)
    pages["manage"] = _page(ports, "signup", _link(mails["confirmed"], "/signup/manage/"))
    pages["join"] = _page(ports, "join", _link(mails["confirmed"], "/join/"))
    pages |= _speakers_pages(ports, meeting.id)
    for name, data in pages.items():
        yield Row("bytes", f"page {name}", len(data) / KIB, "KiB", limit=LARGEST_PAGE)
    for name, data in mails.items():
        yield Row("bytes", f"mail {name}", len(data) / KIB, "KiB")
    ports.store.close()


def _speakers_pages(ports: Ports, meeting: str) -> dict[str, bytes]:
    told = {"organisation": "Åkerströms Bageri", "municipality": "Åre", "language": "sv"}
    asked = invite(ports, meeting, Wanted(email="berit@example.org", name="Berit Åkerström", **told), NOW)
    path = Links(ports.settings).to(INVITATION, asked.id, NOW).removeprefix(ports.settings.base_url)
    pages = {"invitation": _page(ports, "invitation", path)}
    answer(ports, asked.id, Choice.YES, NOW)
    host = Links(ports.settings).to(HOST, meeting, NOW).removeprefix(ports.settings.base_url)
    return pages | {"speaker": _page(ports, "invitation", path), "host": _page(ports, "invitation", host)}


def _page(ports: object, name: str, path: str) -> bytes:
    handle = endpoint(name)
    client = Client(Request.application(lambda request: handle(request, ports)))
    return client.get(path).data


def _link(mail: bytes, path: str) -> str:
    """The path of a link, out of a mail's text."""
    plain = re.sub(rb"=\r\n", b"", mail).replace(b"=3D", b"=").decode()
    found = re.search(rf"https?://[^/\s]+({path}[\w.=-]+)", plain)
    assert found, path
    return found[1]
