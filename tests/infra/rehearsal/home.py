"""What the plan describes, started on this machine: see Rehearsal."""

import compileall
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from zipfile import ZipFile

from dela.settings import Settings
from dela.wiring import ports_of
from tests.infra.rehearsal.doors import Door, queue_check, store_check
from tests.infra.rehearsal.front import PlannedFront
from tests.infra.rehearsal.planned import Function, Impossible, Planned
from tests.infra.terraform import Infra
from tests.support.archive import cloud_python, cloud_site
from tests.support.cloud_tasks import CloudTasks
from tests.support.cloud_tokens import google
from tests.support.homes import Answer, Home
from tests.support.process import Process, free_port
from tests.support.smtp_server import SmtpServer, Taken, certificate

HEALTHY = {200, 503}
"""What a task may be answered: done, or come back later."""

NO_ANSWER = 0


class Rehearsal(Home):
    """The functions of a plan as processes, each with exactly what it is told and may do, and nothing that it is not.

    Beside the plan's environment a process gets what Cloud Run sets, and where on this machine Google's services are.
    """

    def __init__(self, folder: Path, infra: Infra, planned: Planned, emulator: str, smtp: SmtpServer) -> None:
        self._folder, self._infra, self.planned, self.smtp = folder, infra, planned, smtp
        self.functions = planned.functions
        self.troubles: list[str] = []
        self._ends, self._site = ExitStack(), cloud_site(folder / "site")
        (folder / "trusted.pem").write_bytes(certificate(("localhost",))[0])
        self._open_tasks()
        self._emulator = emulator
        instances: dict[str, list[int]] = {name: [] for name in self.functions}
        self.outside = PlannedFront(self.functions, instances, inside=False)
        self.inside = PlannedFront(self.functions, instances, inside=True)
        self.tasks.dispatch.resolve = self.inside.local
        for front in (self.outside, self.inside):
            self._ends.callback(front.close)
        told = self.functions["delivery"].environment
        self.base = told["DELA_BASE_URL"]
        direct = {"FIRESTORE_EMULATOR_HOST": emulator, "DELA_TASKS_ENDPOINT": self.tasks.endpoint}
        self.ports = ports_of(Settings.from_environment({**told, **direct}))

    def _open_tasks(self) -> None:
        path, limits = self.planned.queue
        most, rate = limits["max_concurrent_dispatches"], limits["max_dispatches_per_second"]
        self.tasks = CloudTasks(path, self.planned.accounts, at_once=most, per_second=rate).start()
        self._ends.callback(self.tasks.stop)

    def start(self, *names: str) -> "Rehearsal":
        """Start an instance of each function, or of those named. Raises Impossible with what one says that can't."""
        started = [(self.functions[name], *self._launch(self.functions[name])) for name in names or self.functions]
        for function, process, port in started:
            try:
                process.answers(f"http://127.0.0.1:{port}/robots.txt")
            except AssertionError as error:
                raise Impossible(f"{function.name} does not start: {error}") from error
            self.outside.instances[function.name].append(port)
        return self

    def _launch(self, function: Function) -> tuple[Process, int]:
        port, home = free_port(), self._folder / f"home-{function.name}"
        home.mkdir()
        command, env = cloud_python(self._site)
        env |= {"HOME": str(home), "PORT": str(port), "K_SERVICE": function.name, "FUNCTION_TARGET": function.target}
        env |= {"SSL_CERT_FILE": str(self._folder / "trusted.pem"), **self._doors(function), **function.environment}
        source = ["--source", function.source, "--target", function.target]
        command += ["-m", "functions_framework", *source, "--port", str(port)]
        process = Process(command, env, self._folder / f"{function.name}.log", self._unzipped(function.archive))
        self._ends.callback(process.kill)
        return process, port

    def _doors(self, function: Function) -> dict[str, str]:
        """Where the store and the queue are for a function: at doors that know as whom it runs."""
        store = Door(self._emulator, store_check(self.planned, function.account), self.troubles)
        queue = Door(self.tasks.endpoint, queue_check(self.planned, function.account), self.troubles)
        for door in (store, queue):
            self._ends.callback(door.close)
        return {"FIRESTORE_EMULATOR_HOST": store.address, "DELA_TASKS_ENDPOINT": queue.address}

    def _unzipped(self, archive: str) -> Path:
        """The archive that a function is built from, byte-compiled as the buildpack does it."""
        folder = self._folder / "app"
        if not folder.exists():
            with ZipFile(self._infra.folder / archive) as built:
                built.extractall(folder)
            compileall.compile_dir(folder, quiet=1)
        return folder

    def visit(self, url: str, method: str = "GET", *, form=None, json_=None, **headers: str) -> Answer:
        """See Home: by the addresses of the plan, from outside."""
        target = url if url.startswith("http") else self.base + url
        answer = super().visit(self.outside.local(target), method, form=form, json_=json_, **headers)
        self.look()
        return answer

    def mails_to(self, address: str) -> list[Taken]:
        """See Home: who waits for a mail need not wait longer than until something was refused."""
        self.look()
        return super().mails_to(address)

    def call(self, url: str, token: str, front: PlannedFront | None = None) -> int:
        """The status of a POST to an address with a token, by default from inside the project; NO_ANSWER for none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with urlopen(Request((front or self.inside).local(url), b"", headers), timeout=60) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                return error.code
        except URLError:
            return NO_ANSWER

    def look(self) -> None:
        """Raise Impossible if something was refused that no healthy forum is refused."""
        wrong = [*self.troubles, *(f"no such address: {url}" for url in (*self.outside.unknown, *self.inside.unknown))]
        wrong += [f"a task was answered {status}" for status in set(self.tasks.dispatch.statuses) - HEALTHY]
        if wrong:
            raise Impossible("\n".join([*dict.fromkeys(wrong), self.output()]))

    def close(self) -> None:
        self.ports.store.close()
        self._ends.close()

    def _logs(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))

    def _call(self, name: str) -> None:
        """Call what the schedule's job calls, as the job does it."""
        job = self.planned.jobs[f"dela-{name}"]
        token = job["oidc_token"][0]
        status = self.call(job["uri"], google().token(token["service_account_email"], token["audience"]))
        self.look()
        if status != 200:
            raise Impossible(f"the job dela-{name} is answered {status} at {job['uri']}\n{self.output()}")

    def _idle(self) -> bool:
        self.look()
        return self.tasks.dispatch.idle()

    def _forward(self, delta: timedelta) -> None:
        self.tasks.dispatch.forward(delta.total_seconds())

    def _forget(self) -> None:
        self.tasks.dispatch.clear()
        self.tasks.dispatch.resume()
