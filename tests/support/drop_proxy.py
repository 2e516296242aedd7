"""A proxy between Firestore's client and its server that lies as networks lie: by a script, or by a seed.

It takes gRPC calls and passes them on byte by byte; in front of it lies a TCP relay whose connections can be broken.
"""

import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import grpc

PASS_SECONDS = 60.0
GONE = grpc.StatusCode.UNAVAILABLE


@dataclass(frozen=True)
class Fault:
    """What happens to a call: whether the server gets it, and what the client gets instead of the answer.

    `late` names the call before whose next coming the server gets it, long after the client was told that it failed.
    """

    applied: bool = False
    late: str = ""
    reset: bool = False
    hang: bool = False
    status: grpc.StatusCode = GONE
    details: str = "the network lies"


LOST_REQUEST = Fault()
LOST_ANSWER = Fault(applied=True)
RESET_BEFORE = Fault(reset=True)
RESET_AFTER = Fault(applied=True, reset=True)
HANGS_AFTER = Fault(applied=True, hang=True)
HANGS_BEFORE = Fault(hang=True)


def refused(status: grpc.StatusCode, details: str = "no") -> Fault:
    """The server says no by itself."""
    return Fault(status=status, details=details)


class DropProxy(grpc.GenericRpcHandler):
    """Listens at `address`; `calls` holds the names of the calls that came, such as Commit, in order."""

    def __init__(self, server: str) -> None:
        self._channel = grpc.insecure_channel(server)
        self._lock = Lock()
        self._script: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._choose: Callable[[str], Fault | None] = lambda name: None
        self._late: dict[str, list[Callable[[], Any]]] = defaultdict(list)
        self._closing = Event()
        self.calls: list[str] = []
        self._server = grpc.server(ThreadPoolExecutor(32), handlers=[self])
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._relay = _Relay(port)
        self.address = f"127.0.0.1:{self._relay.port}"

    def fail(self, name: str, *faults: Fault | None) -> None:
        """The next calls of that name meet these faults, one each; None lets one pass."""
        self._script[name].extend(faults)

    def fail_by_chance(self, seed: int, faults: list[Fault], share: float) -> None:
        """That share of all calls meets one of the faults, as the seed decides."""
        random = Random(seed)
        self._choose = lambda name: random.choice(faults) if random.random() < share else None

    def when(self, name: str, act: Callable[[], Any]) -> None:
        """Before the next call of that name passes, do something else (once)."""
        self._late[name].append(act)

    def behave(self) -> None:
        """No more faults."""
        self._script.clear()
        self._choose = lambda name: None

    def close(self) -> None:
        self._closing.set()
        self._relay.close()
        self._server.stop(None).wait(10)
        self._channel.close()

    def __enter__(self) -> "DropProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def service(self, details: Any) -> Any:
        """See grpc.GenericRpcHandler."""
        return grpc.stream_stream_rpc_method_handler(
            lambda requests, context: self._answer(details.method, list(requests), context)
        )

    def _answer(self, method: str, requests: list[bytes], context: Any) -> Iterator[bytes]:
        name = method.rsplit("/", 1)[1]
        metadata = [each for each in context.invocation_metadata() if each[0] != "user-agent"]
        call = self._channel.stream_stream(method)

        def forward() -> list[bytes]:
            return list(call(iter(requests), metadata=metadata, timeout=PASS_SECONDS))

        with self._lock:
            self.calls.append(name)
            fault = self._script[name].popleft() if self._script[name] else self._choose(name)
            due, self._late[name] = self._late[name], []
        for act in due:
            act()
        if fault is None:
            try:
                yield from forward()
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
            return
        self._spoil(fault, forward, context)

    def _spoil(self, fault: Fault, forward: Callable[[], list[bytes]], context: Any) -> None:
        if fault.applied:
            with suppress(grpc.RpcError):
                forward()
        if fault.late:
            self.when(fault.late, lambda: _quietly(forward))
        if fault.reset:
            self._relay.reset()
        if fault.hang:
            self._closing.wait(context.time_remaining() + 1)
        context.abort(fault.status, fault.details)


def _quietly(forward: Callable[[], list[bytes]]) -> None:
    """In the background: a late commit may have to wait for locks that the call before which it comes will free."""

    def run() -> None:
        with suppress(grpc.RpcError, ValueError):
            forward()

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(0.3)


class _Relay:
    """Passes bytes on between clients and a port of this machine, until it resets the connections."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._lock = Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Break all connections: nothing is delivered any more."""
        with self._lock:
            sockets, self._open = self._open, []
        for each in sockets:
            _shut(each)

    def close(self) -> None:
        _shut(self._listening)
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            with self._lock:
                self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _shut(source)
    _shut(sink)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        each.close()
