"""The bench runs, says what met its aim and what did not, and has a floor that does what a floor does."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Request
from werkzeug.test import Client

from bench.answering import waits
from bench.client import Answer
from bench.floor.function import function
from bench.table import Row, markdown, text
from dela.queue.local import LocalQueue
from tests.support.forum import SetClock
from tests.support.process import ROOT, environment


def test_a_row_is_judged_by_its_ratio_to_the_floor_or_by_itself():
    assert Row("p", "w", 3, "s", floor=2, limit=1.5).ok
    assert not Row("p", "w", 3.1, "s", floor=2, limit=1.5).ok
    assert Row("p", "w", 600, "", floor=1000, limit=0.5, at_least=True).ok
    assert not Row("p", "w", 400, "", floor=1000, limit=0.5, at_least=True).ok
    assert Row("p", "w", 0, "", limit=0).ok
    assert not Row("p", "w", 1, "", limit=0).ok
    assert Row("p", "w", 1, "").ok is None


def test_the_table_shows_ratio_aim_and_verdict():
    rows = [Row("start-up", "first page", 0.26, "s", floor=0.2, limit=1.3), Row("memory", "rss", 70, "MiB", 50, 1.35)]
    for shown in (text(rows), markdown(rows)):
        lines = shown.splitlines()
        assert "1.3 ×" in lines[-2]
        assert lines[-2].rstrip(" |").endswith("ok")
        assert lines[-1].rstrip(" |").endswith("missed")


def test_an_answer_is_complete_when_its_length_is_there_and_not_before():
    answer = Answer()
    assert not answer.take(b"HTTP/1.1 200 OK\r\nContent-")
    assert not answer.take(b"Length: 5\r\n\r\nabc")
    assert answer.take(b"de")
    assert answer.status == 200


def test_the_floor_keeps_a_form_on_disk_and_refuses_half_a_one(tmp_path):
    client = Client(Request.application(function(tmp_path / "floor")))
    assert b"<form" in client.get("/").data
    form = {"name": "Anna", "email": "anna@example.org", "municipality": "Åre"}
    assert client.post("/", data=form).status_code == 303
    assert client.post("/", data={"name": "Anna"}).status_code == 422
    with sqlite3.connect(tmp_path / "floor") as database:
        assert database.execute("SELECT count(*) FROM people").fetchone() == (1,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_the_bench_waits_for_what_is_due_and_for_what_is_being_worked_on_not_for_what_lies_ahead(tmp_path):
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    queue = LocalQueue(tmp_path / "queue", SetClock(now))
    seen = []
    with closing(sqlite3.connect(tmp_path / "queue")) as database:
        queue.enqueue("message:later", now + timedelta(minutes=5))
        assert not waits(database, now)
        queue.enqueue("message:now")
        assert waits(database, now)
        queue.run_due(lambda key: seen.append((key, waits(database, now))))
        assert seen == [("message:now", True)]
        assert not waits(database, now)
        assert waits(database, now + timedelta(minutes=5))
    queue.close()


@pytest.mark.slow
def test_every_part_at_home_runs_in_miniature_and_loses_nothing(tmp_path):
    file = tmp_path / "rows.json"
    parts = ["start", "answers", "fan-out", "sizes"]
    command = [sys.executable, "-m", "bench", "--quick", "--json", str(file), *(f"--part={part}" for part in parts)]
    env = environment(PYTHONPATH=f"{ROOT / 'functions'}:{ROOT}")
    subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, timeout=200)
    rows = json.loads(file.read_text())
    found = Counter(row["part"] for row in rows)
    assert set(found) == {"start-up", "memory", "1 connection", "32 connections", "40 reminders", "bytes"}
    lost = [row for row in rows if row["what"].endswith(("failed", "not sent"))]
    assert len(lost) == 3
    assert not any(row["ours"] for row in lost)
    assert all(row["floor"] > 0 for row in rows if row["what"].endswith(("a second", "median", "first page")))
