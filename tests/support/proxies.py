"""The web servers of the README's part "At home, for real", run with its very examples."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests.support.certificates import certificate
from tests.support.missing import missing
from tests.support.process import ROOT, Process, environment, free_port, until
from tests.support.slow_clients import NAME, Way

DEBIAN_CONNECTIONS = 768
"""What Debian's nginx.conf allows one worker."""


def example(beginning: str) -> str:
    """The one indented block of the README that begins so, without its indentation."""
    text = (ROOT / "README.md").read_text()
    blocks = [
        "\n".join(line[4:] for line in each.splitlines()) for each in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    ]
    (found,) = [each for each in blocks if each.startswith(beginning)]
    return found + "\n"


class Proxy:
    """One of them before a forum's port, listening at a port of its own, with a certificate of its own.

    Of the example only ports and certificate are replaced, and what `sooner` says, so that a test need not wait for as
    long as people may; each replacement has to find its place.
    """

    def __init__(
        self, name: str, folder: Path, upstream: int, sooner: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if program is None:
            missing(name)
        folder.mkdir()
        port = free_port()
        pem, key = certificate(folder, NAME)
        self.way = Way(port, str(pem))
        config = {"caddy": caddy, "nginx": nginx}[name](port, upstream, pem, key, folder)
        for old, new in sooner.items():
            config = _replaced(config, old, new)
        path = folder / "config"
        path.write_text(config)
        arguments = {
            "caddy": ["run", "--adapter", "caddyfile", "--config", str(path)],
            "nginx": ["-p", str(folder), "-e", str(folder / "log"), "-c", str(path)],
        }[name]
        home = str(folder)
        self.process = Process([program, *arguments], environment(HOME=home, XDG_DATA_HOME=home), folder / "log")

    def __enter__(self) -> "Proxy":
        until(self._answers, 30, lambda: self.process.output)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def _answers(self) -> bool:
        assert self.process.popen.poll() is None, self.process.output
        try:
            return self.way.ask("/signup").status == 200
        except OSError:
            return False


def caddy(port: int, upstream: int, pem: Path, key: Path, folder: Path) -> str:
    text = _replaced(example("{\n    servers {"), "{\n", "{\n    admin off\n    auto_https disable_redirects\n")
    text = _replaced(text, f"\n{NAME} {{", f"\n{NAME}:{port} {{\n    tls {pem} {key}")
    return _replaced(text, "127.0.0.1:8080", f"127.0.0.1:{upstream}")


def nginx(port: int, upstream: int, pem: Path, key: Path, folder: Path) -> str:
    text = _replaced(example("server {\n    listen 443"), "listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = _replaced(text, "    listen [::]:443 ssl;\n", "")
    text = _replaced(text, f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(pem))
    text = _replaced(text, f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(key))
    text = _replaced(text, "127.0.0.1:8080", f"127.0.0.1:{upstream}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    return (
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {folder}/pid;\n"
        f"events {{ worker_connections {DEBIAN_CONNECTIONS}; }}\n"
        f"http {{ access_log off;\n{temporary}{text}}}\n"
    )


def _replaced(text: str, old: str, new: str) -> str:
    assert old in text, f"the README's example has no {old!r} any more"
    return text.replace(old, new, 1)
