"""Mail services for the contract suite: each brings its adapter, what was taken, and a way to be away."""

import shutil
from pathlib import Path
from typing import Protocol

from dela.mail.contract import Mail, MailService
from dela.mail.outbox import Outbox
from dela.mail.smtp import Smtp
from dela.parsed.mail_place import MailServer
from tests.support.smtp_server import SmtpServer, client_context


class MailHome(Protocol):
    """What the contract suite needs of a mail service."""

    service: MailService

    def taken(self) -> list[bytes]:
        """The mails that arrived, in order."""
        ...

    def go_away(self) -> None: ...
    def come_back(self) -> None: ...
    def close(self) -> None: ...


class OutboxHome:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outbox"
        self.service = Outbox(self.folder)

    def taken(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]

    def go_away(self) -> None:
        if self.folder.exists():
            self.folder.rename(self.folder.with_name("kept"))
        self.folder.write_text("a file where the folder should be")

    def come_back(self) -> None:
        self.folder.unlink()
        if self.folder.with_name("kept").exists():
            shutil.move(self.folder.with_name("kept"), self.folder)

    def close(self) -> None:
        pass


class SmtpHome:
    """A server with STARTTLS and an account."""

    def __init__(self, folder: Path) -> None:
        self.server = SmtpServer(tls=True, account=("dela", "p@ss:word")).__enter__()
        url = f"smtp://dela:p%40ss%3Aword@localhost:{self.server.port}"
        self.service = Smtp(MailServer.of(url), timeout=5, context=client_context())

    def taken(self) -> list[bytes]:
        return [each.data for each in self.server.taken]

    def go_away(self) -> None:
        self.server.misbehave("CONNECT", "421 4.3.2 closed for today")
        self.server.misbehave("MAIL", "421 4.3.2 closed for today")

    def come_back(self) -> None:
        self.server.behave()

    def close(self) -> None:
        self.server.__exit__()


def mail_to(recipient: str = "anna@example.org", number: int = 1, body: bytes = b"Hello\r\n") -> Mail:
    id = f"<{number}@example.org>"
    head = f"To: <{recipient}>\r\nMessage-ID: {id}\r\nSubject: Hello\r\n\r\n"
    return Mail("dela@example.org", recipient, id, head.encode() + body)
