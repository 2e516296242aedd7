"""`dela check` and `dela status`, as an operator reads them."""

import pytest

from dela.errors import Refused
from dela.operating import mail_probe, names_dns
from dela.operating.commands import check as check_module
from tests.support.name_server import NameServer
from tests.support.operator import Operator
from tests.support.smtp_server import SmtpServer

MARCH = "2097-03-04T12:10"


@pytest.fixture
def operator(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(check_module, "about_address", lambda settings: check_module.Finding("address", "ok", "x"))
    monkeypatch.setattr(mail_probe, "TIMEOUT_SECONDS", 2.0)
    return Operator(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def internet(monkeypatch):
    zone = {
        ("forum.test.", "TXT"): ['"v=spf1 ip4:127.0.0.1 -all"'],
        ("_dmarc.forum.test.", "TXT"): ['"v=DMARC1; p=none"'],
        ("forum.test.", "MX"): ["10 mx.forum.test."],
        ("localhost.", "A"): ["127.0.0.1"],
    }
    with NameServer(zone) as server:
        monkeypatch.setattr(check_module, "DnsNames", lambda: names_dns.DnsNames(["127.0.0.1"], server.port))
        yield


@pytest.fixture
def no_internet(monkeypatch):
    monkeypatch.setattr(names_dns, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(names_dns, "LIFETIME_SECONDS", 0.1)
    with NameServer(silent=True) as server:
        monkeypatch.setattr(check_module, "DnsNames", lambda: names_dns.DnsNames(["127.0.0.1"], server.port))
        yield


def lines(said: str) -> dict[str, str]:
    """The last line of each part, with its level."""
    found = [line.split(maxsplit=2) for line in said.splitlines() if line.startswith(("ok", "look", "bad"))]
    return {part: f"{level} {text}" for level, part, text in found}


def test_before_anything_is_there_it_says_so_kindly_and_makes_nothing(operator, no_internet):
    said = lines(operator.is_refused("check"))

    assert said["store"].startswith("look there is no store")
    assert said["mail"].startswith("bad mails are written to")
    assert said["keys"] == "ok are made at the first start"
    assert said["templates"] == "ok are there, in sv and en"
    assert "can't be seen from here" in said["SPF"]
    assert not operator.folder.exists()


@pytest.mark.slow
def test_with_all_that_is_needed_nothing_is_broken(operator, internet):
    with SmtpServer() as server:
        operator.set(
            DELA_MAIL=server.url(),
            DELA_MAIL_FROM="Dela <dela@forum.test>",
            DELA_COORDINATORS="karin@forum.test",
            DELA_COORDINATOR_PHONE="1",
            DELA_BASE_URL="https://dela.forum.test",
            DELA_PROXIES="1",
            DELA_MAIL_RATE="30",
        )
        operator.types("plan", MARCH)
        operator.types("link", "2097-1", "https://meet.example.org/x")
        from dela.operating import serving as standalone

        ports = operator.ports()
        standalone.call("reminders", ports)
        standalone.call("retention", ports)
        ports.store.close()

        said = operator.types("check", "--mail", "karin@forum.test")

        assert "Nothing is broken." in said
        found = lines(said)
        assert "connected" in found["mail"]
        assert found["test"].startswith("ok mail")
        assert "names localhost" in found["SPF"]
        assert "30 mails a minute can carry" in found["pace"]
        assert found["room"] == "ok 2097-1 has one"
        assert found["schedule"] == "ok runs on time"
        assert [name for name in found if not found[name].startswith("ok")] == ["DKIM"], "which nobody can see"
        (mail,) = server.taken
        assert (mail.sender, mail.recipient) == ("dela@forum.test", "karin@forum.test")
        assert "spf=pass" in mail.read().get_content()
        assert mail.read()["Reply-To"] == "karin@forum.test"


def test_a_test_mail_that_does_not_leave_says_why(operator, no_internet):
    with SmtpServer() as server:
        operator.set(DELA_MAIL=server.url())
        server.misbehave("RCPT", "550 5.1.1 who is that")

        assert "did not leave: the mail server answered 550" in operator.is_refused("check", "--mail", "x@forum.test")
        assert "not a mail address" in operator.is_refused("check", "--mail", "nobody")


def test_everything_that_can_be_looked_at_is_although_much_is_wrong(operator, no_internet):
    operator.types("plan", MARCH)
    operator.set(DELA_MINUTES="many", DELA_MIAL="smtp://x", DELA_MAIL="smtp://127.0.0.1:1")
    (operator.folder / "dela.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)
    (operator.folder / "keys.json").write_text("{")

    said = operator.is_refused("check")

    assert "DELA_MINUTES: " in said
    assert "DELA_MIAL is not a setting" in said
    found = lines(said)
    assert found["store"].startswith("bad the store is damaged")
    assert found["keys"].startswith("bad")
    assert "nothing answers there" in found["mail"]
    assert "SPF" in found


def test_a_damaged_store_is_said_by_every_command_without_a_traceback(operator):
    operator.types("plan", MARCH)
    (operator.folder / "dela.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 8192)

    for command in (("status",), ("plan", MARCH), ("backup", str(operator.folder / "b"))):
        assert "database file can't be used" in operator.is_refused(*command)


def test_keys_that_others_can_read_and_those_that_are_lost_are_said(operator, no_internet):
    operator.types("plan", MARCH)
    (operator.folder / "keys.json").chmod(0o644)
    assert "chmod 600" in operator.is_refused("check")
    (operator.folder / "keys.json").unlink()
    assert "no link works" in operator.is_refused("check")


def test_a_disk_that_is_full_is_said(operator, no_internet, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=50_000_000))

    assert lines(operator.is_refused("check"))["disk"].startswith("bad 0.1 GB are free")


def test_an_address_that_does_not_answer_is_said(tmp_path, monkeypatch, capsys, no_internet):
    from dela.operating import web_probe

    operator = Operator(tmp_path / "data", monkeypatch, capsys)

    def away(url):
        raise Refused("can't be reached (ConnectionRefusedError)")

    monkeypatch.setattr(web_probe, "probe", away)

    assert "/signup can't be reached" in operator.is_refused("check")


def test_status_shows_everything_on_one_screen_and_no_address(operator):
    operator.types("plan", MARCH, "2097-06-03T12:10", "--seats", "40")
    operator.types("cancel", "2097-2", "--yes")
    from tests.support.forum import Forum

    forum = Forum(operator.folder)
    forum.confirmed(forum.present_meeting("2097-1"), "anna@example.org")
    forum.sign_up(forum.present_meeting("2097-1"), "pending@example.org")
    forum.close()

    said = operator.types("status")

    first, second = (" ".join(line.split()) for line in said.splitlines() if line.startswith("2097-"))
    assert first == "2097-1 Mon 4 Mar 2097 12:10 open 1 1 0 39 of 40 0 missing Mon 25 Feb 2097 12:10"
    assert second == "2097-2 Mon 3 Jun 2097 12:10 cancelled 0 0 0 40 of 40 0 missing -"
    assert "MAILS     3 waiting" in said
    assert "reminders has never run" in said
    assert "!! schedule: has never run" in said
    assert "dela link 2097-1" in said
    assert "@" not in said


def test_status_of_a_new_forum_says_how_to_begin(operator):
    assert "There is no meeting yet. Make one with: dela plan" in operator.types("status")


def test_the_help_names_every_command_of_the_operators_page(capsys):
    import re

    from dela.operating import cli
    from tests.support.process import ROOT

    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    promised = set(re.findall(r"`dela ([a-z]+)", (ROOT / "docs" / "at-home.md").read_text()))

    assert promised >= {"plan", "link", "move", "cancel", "status", "check", "backup", "restore", "serve", "demo"}
    for command in promised:
        assert re.search(rf"^ +{command} ", said, re.MULTILINE), command
