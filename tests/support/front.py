"""What stands before the functions on Google Cloud: addresses, client, trace, and the guard of those that are private.

Each function has an address of its own, as run.app gives it, that passes paths on as they are. One more stands for
REGION-PROJECT.cloudfunctions.net, where /NAME is stripped; it is the base of all links.
"""

import http.client
import random
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.support.cloud_tokens import account_of, google, without_signature

NOT_PASSED_ON = ("host", "connection", "transfer-encoding", "keep-alive")
ANSWER_SECONDS = 60


class Front:
    """`private` are the functions that only `caller` may call, at their own addresses. Instances come and go."""

    def __init__(self, names: Iterable[str], private: Iterable[str], caller: str) -> None:
        self.private, self.caller = set(private), caller
        self.instances: dict[str, list[int]] = {name: [] for name in names}
        self._servers: list[ThreadingHTTPServer] = []
        self.base = self._serve(self._by_path)
        self.addresses = {name: self._serve(lambda path, name=name: (name, path)) for name in self.instances}

    def call(self, name: str, *, account: str = "", audience: str = "", age: int = 0) -> int:
        """Call a private function as Cloud Scheduler does, by default as the one that may; answers the status."""
        token = google().token(account or self.caller, audience or self.addresses[name], age=age)
        headers = {
            "Authorization": f"Bearer {token}",
            "X-CloudScheduler": "true",
            "User-Agent": "Google-Cloud-Scheduler",
        }
        request = Request(self.addresses[name], b"", headers, method="POST")
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return answer.status

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _by_path(self, path: str) -> tuple[str | None, str]:
        parts = urlsplit(path)
        _, _, tail = parts.path.partition("/")
        name, _, rest = tail.partition("/")
        query = f"?{parts.query}" if parts.query else ""
        return (name if name in self.instances else None), f"/{rest}{query}"

    def _serve(self, find) -> str:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                name, path = find(self.path)
                headers = {
                    key.title(): value for key, value in self.headers.items() if key.lower() not in NOT_PASSED_ON
                }
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answered, content = front._answer(
                    name, self.command, path, headers, body, self.client_address[0]
                )
                self.send_response_only(status)
                for key, value in answered:
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

            def __getattr__(self, name: str):
                if name.startswith("do_"):
                    return self.handle_any
                raise AttributeError(name)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self._servers.append(server)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    def _answer(self, name, method, path, headers, body, client):
        """Status, headers and body: of the function, or of what stands before it."""
        if name is None:
            return 404, [], b""
        if not self._admitted(name, headers):
            return 403, [], b"The client does not have permission to the requested URL."
        said = headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{said}, {client}" if said else client
        headers["X-Forwarded-Proto"] = "https"
        headers.setdefault("X-Cloud-Trace-Context", f"{random.getrandbits(128):032x}/1;o=1")
        return self._passed_on(name, method, path, headers, body)

    def _admitted(self, name, headers):
        """Whether the request may go on; of its token only what the function behind it gets to see is left."""
        if name not in self.private:
            return True
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if account_of(token, google().public, self.addresses[name]) != self.caller:
            return False
        headers["Authorization"] = f"Bearer {without_signature(token)}"
        return True

    def _passed_on(self, name, method, path, headers, body):
        if not self.instances[name]:
            return 503, [], b"no instance"
        connection = http.client.HTTPConnection(
            "127.0.0.1", random.choice(self.instances[name]), timeout=ANSWER_SECONDS
        )
        try:
            connection.request(method, path, body, {"Host": urlsplit(self.addresses[name]).netloc, **headers})
            answer = connection.getresponse()
            kept = [each for each in answer.getheaders() if each[0].lower() not in NOT_PASSED_ON]
            return answer.status, kept, answer.read()
        except (OSError, http.client.HTTPException):
            return 503, [], b"the instance is gone"
        finally:
            connection.close()
