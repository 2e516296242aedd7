"""An operator's year in one test: real processes on one folder, a real mail server, a disk that is lost."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest

from tests.support.process import ROOT, dela, environment, free_port, until
from tests.support.smtp_server import SmtpServer

DAY = timedelta(days=1)


class Machine:
    """One machine with its folder, on which `dela serve` runs and commands are typed."""

    def __init__(self, folder, mail: SmtpServer) -> None:
        self.folder, self.port = folder, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "PORT": str(self.port),
            "DELA_BASE_URL": self.base,
            "DELA_PROXIES": "1",
            "DELA_MAIL": mail.url(),
            "DELA_MAIL_FROM": "Dela <dela@forum.test>",
            "DELA_COORDINATORS": "karin@forum.test",
            "DELA_LANGUAGE": "en",
        }

    @contextmanager
    def serving(self):
        with dela(self.folder, "serve", **self.settings) as process:
            process.answers(f"{self.base}/signup")
            yield process
            assert process.stop() == 0
            assert "Traceback" not in process.output

    def types(self, *words: str, status: int = 0) -> str:
        env = environment(DELA_DATA_DIR=str(self.folder / "data"), PYTHONPATH=str(ROOT / "functions"), **self.settings)
        command = [sys.executable, "-m", "dela.operating.cli", *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        assert done.returncode == status, done
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def posts(self, path: str, **fields: str) -> None:
        body = json.dumps(fields).encode() if fields else b""
        kind = "application/json" if fields else "application/x-www-form-urlencoded"
        with urlopen(Request(path, body, {"Content-Type": kind}), timeout=10) as answer:
            assert answer.status in (200, 202)

    def shows(self, path: str) -> str:
        with urlopen(f"{self.base}{path}", timeout=10) as answer:
            return answer.read().decode()


def text(taken) -> str:
    return taken.read().get_body(("plain",)).get_content()


def subjects(mail: SmtpServer) -> list[str]:
    return [str(taken.read()["Subject"]).split(":")[0] for taken in mail.taken]


def typed(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/Stockholm")).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.slow
def test_an_operator_plans_moves_cancels_backs_up_and_restores_while_people_sign_up(tmp_path):
    start = (datetime.now(UTC) + 20 * DAY).replace(second=0, microsecond=0)
    with SmtpServer() as mail:
        first = Machine(tmp_path / "first", mail)
        with first.serving():
            assert "next date is not set yet" in first.shows("/signup?lang=en")
            assert "planned" in first.types("plan", typed(start))
            id = re.search(r"\d{4}-\d+", first.types("status"))[0]
            first.types("link", id, "https://meet.example.org/x")

            first.posts(
                f"{first.base}/signup", name="Anna", email="anna@example.org", municipality="Åre", language="en"
            )
            until(lambda: len(mail.taken) == 1)
            first.posts(re.search(r"http\S*/confirm/\S*", text(mail.taken[0]))[0])
            until(lambda: len(mail.taken) == 2)
            join = re.search(r"http\S*/join/\S*", text(mail.taken[1]))[0]

            assert "1 person will be told by mail" in first.types("move", id, typed(start + DAY))
            until(lambda: len(mail.taken) == 3)
            assert f"{(start + DAY).astimezone(ZoneInfo('Europe/Stockholm')).day} " in text(mail.taken[2])

            first.types("backup", str(tmp_path / "backup"))
            assert "please stop it first" in first.types("restore", str(tmp_path / "backup"), "--overwrite", status=1)
            assert "a real forum's data are there" in first.types("demo", status=1)

            said = first.types("status")
            assert re.search(rf"{id} .* moved +1 +0 +0 +no limit", said)
            assert "3 sent, 0 dropped, 0 failed" in said
            assert "reminders ran" in said
            assert "never" not in said

            assert "add --yes" in first.types("cancel", id, status=1)
            first.types("cancel", id, "--yes")
            until(lambda: len(mail.taken) == 4)

        second = Machine(tmp_path / "second", mail)
        second.port, second.base, second.settings = first.port, first.base, first.settings
        assert "Restored as it was" in second.types("restore", str(tmp_path / "backup"))
        with second.serving():
            assert "Sign" in second.shows(f"/signup/{id}?lang=en")
            assert "Anna" in second.shows(join.removeprefix(second.base)), "links in mails still lead in"
            second.types("cancel", id, "--yes")
            until(lambda: len(mail.taken) == 5)

        words = subjects(mail)
        assert [word for word in words if word == words[3]] == [words[3]] * 2, "cancelled on each machine"
        assert mail.taken[3].message_id == mail.taken[4].message_id, "the repeat is known as one"
        assert len(set(mail.ids())) == 4
