"""Local web servers for a browser: a forum of this process, and a meeting room on an origin of its own."""

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.serving import WSGIRequestHandler, make_server

from dela.demo.pages import Demo, endpoint
from dela.operating.serving import application
from tests.support.forum import Forum
from tests.support.process import free_port

ROOM_PAGE = b"<!DOCTYPE html><title>The room</title><h1>You are in the room</h1>"


@contextmanager
def forum_on_the_web(folder: Path) -> Iterator[Forum]:
    """A forum whose clock the test sets, reached by HTTP at its own base_url."""
    port = free_port()
    forum = Forum(folder, base_url=f"http://127.0.0.1:{port}")
    others = endpoint(Demo(_NoMailbox(), lambda moment: None, lambda: None, ()))
    server = make_server("127.0.0.1", port, application(forum.ports, others), True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield forum
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        forum.close()


@contextmanager
def room_on_the_web(folder: Path) -> Iterator[str]:
    """A meeting room behind https on an origin of its own, with a certificate that nobody vouches for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ROOM_PAGE)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder / "room.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/room"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


class _NoMailbox:
    def count(self) -> int:
        return 0


def _certificate(path: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
