"""Cloud Tasks' adapter for the contract suite: over gRPC to the strict server, and over HTTP to a worker."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from dela.queue import cloud_tasks as queue_cloud_tasks
from dela.queue.cloud_tasks import CloudTasksQueue
from tests.support.cloud_tasks import CloudTasks
from tests.support.forum import SetClock
from tests.support.process import until

PATH = "dela-tests/europe-west1/mails"
ACCOUNT = "caller@dela-tests.iam.gserviceaccount.com"


class Worker:
    """Stands for `delivery`: notes what it is called with, and answers what it is told to, else 200."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.handler: Callable[[str], None] = lambda key: None
        worker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                worker.calls.append((dict(self.headers), body))
                self.send_response(worker.answer(json.loads(body)["key"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def keys(self) -> list[str]:
        return [json.loads(body)["key"] for _, body in self.calls]

    def answer(self, key: str) -> int:
        try:
            self.handler(key)
        except Exception:
            return 503
        return self.answers.pop(0) if self.answers else 200

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class CloudHome:
    """See LocalHome in queues.py. The server's clock is the home's, and stands still with it."""

    def __init__(self, folder: Path) -> None:
        self.clock = SetClock()
        self._patience = queue_cloud_tasks.DEADLINE_SECONDS
        self._worker = Worker()
        self._server = CloudTasks(PATH, {ACCOUNT})
        self._server.dispatch.clock = lambda: self.clock.moment.timestamp()
        self._server.dispatch.pause()
        self._server.start()
        self.queue = CloudTasksQueue(PATH, self._worker.url, ACCOUNT, self._server.endpoint, self.clock)

    @property
    def now(self) -> datetime:
        return self.clock.moment

    def later(self, **duration: float) -> None:
        self.clock.moment += timedelta(**duration)

    def deliver(self, handler: Callable[[str], None]) -> None:
        self._worker.handler = handler
        self._server.dispatch.resume()
        until(self._server.dispatch.idle)
        self._server.dispatch.pause()

    def break_off(self) -> None:
        self._server.stop()
        queue_cloud_tasks.DEADLINE_SECONDS = 0.5

    def close(self) -> None:
        queue_cloud_tasks.DEADLINE_SECONDS = self._patience
        self._server.stop()
        self._worker.close()
