"""A disk that is full: what was answered is not lost, what can't be kept is said, and all goes on when there is room.

The limit is RLIMIT_FSIZE of the process: no file of it may grow beyond, which a test sets and lifts without being root.
"""

import json
import os
import resource
import subprocess
import sys
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dela.mailing.ledger import Message, MessageState
from dela.store.contract import Query
from tests.support.forum import FORM, Forum
from tests.support.lives import nursery
from tests.support.process import ROOT, environment, free_port, until
from tests.support.smtp_server import SmtpServer

pytestmark = pytest.mark.slow


def sign_up(url: str, address: str) -> int:
    body = json.dumps({**FORM, "email": address, "organisation": "y" * 190}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def limit_files(pid: int, size: int) -> None:
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def test_sign_ups_are_refused_while_the_disk_is_full_and_those_that_were_answered_get_their_mail_once(tmp_path):
    port = free_port()
    with SmtpServer() as server:
        forum = Forum(tmp_path, mail=server.url(), port=port)
        meeting = forum.meeting()
        url = f"http://127.0.0.1:{port}/signup/{meeting.id}"
        with nursery(tmp_path, forum.settings, forum.now) as lives:
            life = lives.start()
            until(lambda: "retention " in life.log, telling=lambda: life.log)
            answers = {address: sign_up(url, address) for address in (f"before{n}@example.org" for n in range(10))}
            largest = max(path.stat().st_size for path in tmp_path.glob("dela.sqlite3*"))
            limit_files(life.pid, largest + 16 * 1024)
            answers |= {address: sign_up(url, address) for address in (f"during{n}@example.org" for n in range(20))}
            with urlopen(url, timeout=30) as page:
                assert page.status == 200, "the page can still be read"
            limit_files(life.pid, resource.RLIM_INFINITY)
            answers |= {address: sign_up(url, address) for address in (f"after{n}@example.org" for n in range(5))}
            kept = {address for address, status in answers.items() if status == 202}
            lives.clock.move(timedelta(minutes=16))
            until(lambda: kept <= {mail.recipient for mail in server.taken}, 60, lambda: life.log)
            waiting = Query(equal={"state": MessageState.PLANNED})
            until(lambda: not forum.ports.store.count(Message, waiting), 30, lambda: life.log)
        forum.close()

    assert set(answers.values()) == {202, 503}
    assert all(status == 202 for address, status in answers.items() if not address.startswith("during"))
    assert sorted(mail.recipient for mail in server.taken) == sorted(kept), "each once, and nobody who was refused"


def test_an_outbox_on_a_full_disk_leaves_no_halves_and_goes_on_when_there_is_room(tmp_path):
    script = """
import resource, sys
from pathlib import Path
from dela.mail.outbox import Outbox
from dela.errors import TemporaryFailure
from dela.mail.contract import Mail

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

folder = Path(sys.argv[1])
with Outbox(folder).session() as session:
    def send(number):
        session.send(Mail("a@example.org", "b@example.org", f"<{number}>", b"x" * 5000))
    send(1)
    limit(1000)
    for number in (2, 3):
        try:
            send(number)
        except TemporaryFailure as failure:
            print(failure)
    limit(resource.RLIM_INFINITY)
    send(2)
    send(4)
"""
    env = environment(PYTHONPATH=str(ROOT / "functions"))
    command = [sys.executable, "-c", script, str(tmp_path / "outbox")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the outbox can't be written to: File too large"] * 2
    mails = sorted((tmp_path / "outbox").glob("*.eml"))
    assert [path.stat().st_size for path in mails] == [5000] * 3
    assert sorted(os.listdir(tmp_path / "outbox")) == [".counter", *(path.name for path in mails)]
