"""Everything in one process: the public functions under their names, the queue's worker, and the schedule."""

import io
import json
import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from werkzeug import Request, Response

from dela.duties.upgrade import upgrade
from dela.errors import Refused, TemporaryFailure
from dela.operating import upgrade_backup
from dela.operating.claim import claim
from dela.operating.home_server import Application, create_server
from dela.operating.outside import outside
from dela.ports import Ports
from dela.queue.local import LocalQueue, QueueWorker
from dela.settings import Settings
from dela.store import sqlite_log
from dela.store.installation import Purpose
from dela.web import logs
from dela.web.arriving import as_mailed
from dela.wiring import Handle, endpoint, freeze, ports_of, with_keys

log = logging.getLogger(__name__)

PUBLIC = ("signup", "invitation", "join")
THREADS = 8
PLAN_EVERY = timedelta(minutes=15)
RETAIN_EVERY = timedelta(days=1)
LOOK_SECONDS = 5.0
FIRST_LOOK_SECONDS = 1.0
EVERYWHERE = "0.0.0.0"  # noqa: S104  (the demo is looked at from a telephone, too)


def serve(settings: Settings, listen: str) -> None:
    """Run the forum for real, at the address `listen` of this machine, until SIGTERM or SIGINT.

    Raises Conflict if the demo has used the store, and Refused if the port can't be listened at.
    """
    logs.set_up(cloud=False)
    ports = ports_of(settings)
    claim(ports.store, Purpose.REAL, ports.clock.now())
    upgrade(ports, ports.clock.now())
    _Process(ports).run(_to_the_public_page, listen)


def demo(settings: Settings) -> None:
    """Run the forum with its demo: seeded, with a mailbox and a clock that can be moved; until SIGTERM or SIGINT.

    Raises Conflict if the store is used for real, and Refused if the port can't be listened at.
    """
    # Imported here, because a real forum need not wait for them.
    from dela.demo.clock import DemoClock
    from dela.demo.mailbox_folder import MailboxFolder
    from dela.demo.pages import Demo
    from dela.demo.pages import endpoint as demo_endpoint
    from dela.demo.seed import COORDINATOR, seed, traveller

    logs.set_up(cloud=False)
    clock = DemoClock()
    unnamed = {} if "coordinator_name" in settings.model_fields_set else COORDINATOR
    ports = ports_of(with_keys(settings.model_copy(update=unnamed), Purpose.DEMO), clock)
    claim(ports.store, Purpose.DEMO, clock.now())
    upgrade(ports, clock.now())
    clock.attach(ports.store, settings.data_dir / "clock.lock")
    seed(ports, clock.now())
    process = _Process(ports, clock.standing)
    travel = traveller(ports, clock, process.paused, process.run_everything)
    process.run(demo_endpoint(Demo(MailboxFolder(settings.outbox_folder), travel)), EVERYWHERE)


def _server(answer: Application, listen: str, port: int) -> Any:
    try:
        return create_server(answer, listen, port, THREADS)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refused(f"PORT: {port} can't be listened at ({reason}): stop what uses it, or choose another") from error


def call(name: str, ports: Ports, body: bytes = b"") -> None:
    """Call a function that takes no orders, in this process. Raises TemporaryFailure if it asks to be repeated."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    if endpoint(name)(Request(environ), ports).status_code != 200:
        raise TemporaryFailure(f"{name} failed")
    if name == "retention":
        sqlite_log.empty(ports.settings.sqlite_path)
        upgrade_backup.clear(ports.settings.data_dir)


class _Process:
    """The threads of one process, and the way in for requests. Threads work inside contexts that `standing` makes."""

    def __init__(self, ports: Ports, standing: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        if not isinstance(ports.queue, LocalQueue):
            raise ValueError("a single process works off its own queue: DELA_QUEUE is local")
        self._ports = ports
        self._queue = ports.queue
        self._worker = QueueWorker(ports.queue, self._deliver, standing)
        self._schedule = _Schedule(ports, standing)

    def run(self, others: Handle, listen: str) -> None:
        """Answer requests until a signal comes; what lies outside the public functions is for `others`."""
        settings = self._ports.settings
        server = _server(application(self._ports, others), listen, settings.port)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _interrupt)
        self._worker.start()
        self._schedule.start()
        freeze()
        print(f"\n  {settings.name} is at {settings.base_url}  (Ctrl-C ends it)\n", flush=True)
        try:
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            server.close()
            self._schedule.stop()
            self._worker.stop()

    def run_everything(self) -> None:
        """Plan, deliver and erase what is due at the present moment."""
        call("reminders", self._ports)
        self._queue.run_due(self._deliver)
        call("retention", self._ports)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside this context the threads do nothing."""
        with self._worker, self._schedule.lock:
            yield

    def _deliver(self, key: str) -> None:
        call("delivery", self._ports, json.dumps({"key": key}).encode())


class _Schedule(Thread):
    """Calls what has to be called from time to time, by the program's clock."""

    def __init__(self, ports: Ports, standing: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(name="schedule", daemon=True)
        self._ports, self._standing = ports, standing
        self._stopping = Event()
        self._last: dict[str, datetime] = {}
        self.lock = Lock()

    def run(self) -> None:
        """Look every few seconds whether something has to be called; whoever waits for the first page comes first."""
        pause = FIRST_LOOK_SECONDS
        while not self._stopping.wait(pause):
            with self.lock, self._standing():
                for name, every in (("reminders", PLAN_EVERY), ("retention", RETAIN_EVERY)):
                    self._call(name, every)
            pause = LOOK_SECONDS

    def stop(self) -> None:
        """Have the thread end, and wait for that."""
        self._stopping.set()
        self.join(timeout=30)

    def _call(self, name: str, every: timedelta) -> None:
        now = self._ports.clock.now()
        last = self._last.get(name)
        if last is not None and last <= now < last + every:  # a clock that was set back must not stop it
            return
        try:
            call(name, self._ports)
            self._last[name] = now
        except TemporaryFailure:
            log.warning("%s will be called again soon", name, extra={"action": "schedule"})


def application(ports: Ports, others: Handle) -> Application:
    """The WSGI application: /NAME and what lies below it to the function NAME, the rest to outside.py and `others`."""
    handles = {name: endpoint(name) for name in PUBLIC}

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        name = as_mailed(request.path).lstrip("/").split("/", 1)[0]
        response = outside(request, ports.settings, handles) if name not in handles else None
        response = response or handles.get(name, others)(request, ports)
        return response(environ, start_response)

    return answer


def _to_the_public_page(request: Request, ports: Ports) -> Response:
    """Outside the functions there is nothing but the way to the public page."""
    if request.path == "/" and request.method in ("GET", "HEAD"):
        return Response(status=303, headers={"Location": f"{ports.settings.base_url}/signup"})
    return endpoint("signup")(_at_unknown_path(request), ports)


def _at_unknown_path(request: Request) -> Request:
    """The same request where no path matches, so that the answer is the usual page for that."""
    return Request({**request.environ, "PATH_INFO": "/-/-/-"})


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
