"""Dela as the cloud runs it: the archive, each function a process, and what Google would put around them."""

from datetime import timedelta
from pathlib import Path

from dela.settings import Settings
from dela.wiring import ports_of
from tests.support.archive import cloud_python, cloud_site, unzipped
from tests.support.cloud_tasks import CloudTasks, Faults
from tests.support.front import Front
from tests.support.homes import FORUM, Home
from tests.support.process import ROOT, Process, free_port
from tests.support.smtp_server import SmtpServer
from tools.package import targets

ACCOUNT = "caller@dela-tests.iam.gserviceaccount.com"
QUEUE = "dela-tests/europe-west1/mails"
NO_FAULTS = Faults()
PRIVATE = ("reminders", "delivery", "retention")


class InCloud(Home):
    """The archive, unzipped where nothing else is: each function a process, which meet only at store and queue."""

    def __init__(self, folder: Path, emulator: str, project: str, faults: Faults = NO_FAULTS, at_once: int = 8) -> None:
        self._folder, self._names = folder, targets(ROOT / "functions" / "main.py")
        self.app, self._site = unzipped(folder / "app"), cloud_site(folder / "site")
        self.smtp = SmtpServer().__enter__()
        self.tasks = CloudTasks(QUEUE, {ACCOUNT}, faults, at_once).start()
        self.front = Front(self._names, PRIVATE, ACCOUNT)
        self.base = self.front.base
        self._settings = {
            **FORUM,
            "DELA_BASE_URL": self.base,
            "DELA_STORE": f"firestore://{project}",
            "DELA_QUEUE": f"cloudtasks://{QUEUE}",
            "DELA_MAIL": self.smtp.url(),
            "DELA_DELIVERY_URL": self.front.addresses["delivery"],
            "DELA_CALLER": ACCOUNT,
            "DELA_TASKS_ENDPOINT": self.tasks.endpoint,
            "FIRESTORE_EMULATOR_HOST": emulator,
        }
        self.ports = ports_of(Settings.from_environment(self._settings))
        self.processes: dict[int, Process] = {}

    def start(self, *names: str) -> "InCloud":
        """Start an instance of each function, or of those named."""
        ports = [(name, self.launch(name)) for name in names or self._names]
        for name, port in ports:
            self.processes[port].answers(f"http://127.0.0.1:{port}/robots.txt")
            self.front.instances[name].append(port)
        return self

    def launch(self, name: str, **changed: str) -> int:
        """The port of a new process of a function, which is not reached from outside yet."""
        port = free_port()
        command, env = cloud_python(self._site)
        home = self._folder / f"home-{port}"
        home.mkdir()
        command += ["-m", "functions_framework", "--source", "functions/main.py", "--target", name, "--port", str(port)]
        self.processes[port] = Process(
            command,
            {**env, **self._settings, **changed, "HOME": str(home), "THREADS": "8"},
            self._folder / f"{name}-{port}.log",
            self.app,
        )
        return port

    def kill(self, name: str, port: int) -> None:
        """End an instance as a lost machine does."""
        self.front.instances[name].remove(port)
        self.processes.pop(port).kill()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
        self.tasks.stop()
        self.front.close()
        self.smtp.__exit__()

    def _logs(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))

    def _call(self, name: str) -> None:
        self.front.call(name)

    def _idle(self) -> bool:
        return self.tasks.dispatch.idle()

    def _forward(self, delta: timedelta) -> None:
        self.tasks.dispatch.forward(delta.total_seconds())

    def _forget(self) -> None:
        self.tasks.dispatch.clear()
        self.tasks.dispatch.resume()
