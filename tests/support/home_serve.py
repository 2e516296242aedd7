"""Dela at home: one process of `dela serve` with its SQLite file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dela.operating.serving import call
from dela.settings import Settings
from dela.store.documents import instant_text
from dela.wiring import ports_of
from tests.support.homes import FORUM, Home
from tests.support.process import dela, free_port
from tests.support.smtp_server import SmtpServer


class AtHome(Home):
    """One process of `dela serve` with its SQLite file. The test's schedule is a second process on the same file."""

    def __init__(self, folder: Path) -> None:
        self.smtp, self._log = SmtpServer().__enter__(), folder / "log"
        port = str(free_port())
        self.base = f"http://127.0.0.1:{port}"
        told = {**FORUM, "PORT": port, "DELA_BASE_URL": self.base, "DELA_MAIL": self.smtp.url()}
        self.process = dela(folder, "serve", **told).answers(f"{self.base}/signup")
        self.ports = ports_of(Settings.from_environment({**told, "DELA_DATA_DIR": str(folder / "data")}))

    def close(self) -> None:
        self.process.stop()
        self.ports.store.close()
        self.ports.queue.close()
        self.smtp.__exit__()

    def _logs(self) -> list[Path]:
        return [self._log]

    def _call(self, name: str) -> None:
        call(name, self.ports)

    def _idle(self) -> bool:
        due = self.ports.queue.next_due()
        return due is None or due > datetime.now(UTC)

    def _forward(self, delta: timedelta) -> None:
        connections = self.ports.queue._connections
        with connections.lock:
            connection = connections.writer()
            for key, due in connection.execute("SELECT key, due_at FROM wakeups").fetchall():
                earlier = instant_text(datetime.fromisoformat(due) - delta)
                connection.execute("UPDATE wakeups SET due_at = ? WHERE key = ?", (earlier, key))

    def _forget(self) -> None:
        connections = self.ports.queue._connections
        with connections.lock:
            connections.writer().execute("DELETE FROM wakeups")
