"""Mail, as a port: one conversation with a server that carries many mails."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is ready to go: `data` is the whole RFC 5322 message with CRLF line ends, 7 bit but for SMTPUTF8.

    `sender` and `recipient` are the bare addresses of the envelope.
    """

    sender: str
    recipient: str
    message_id: str
    data: bytes


class MailSession(Protocol):
    """One conversation with the mail server. Not shared between threads."""

    def send(self, mail: Mail) -> None:
        """Hand over one mail: when this returns, the server has taken it.

        Raises Refused when the server will never take it for this recipient (5xx, or an address that it can't
        carry), and TemporaryFailure when it may later (4xx, closed, timed out, no TLS). After TemporaryFailure the
        session may be used again; it connects anew. Every wait has a limit of its own, well under a lease.
        """
        ...


class MailService(Protocol):
    """Where mail goes out."""

    def session(self) -> AbstractContextManager[MailSession]:
        """A session; nothing is opened before its first mail. Leaving the context ends the conversation politely.

        That may be some seconds later, if no other session goes on with it meanwhile.
        """
        ...

    def carries_any_script(self) -> bool:
        """Whether the server carries mail to addresses whose local part is beyond ASCII (SMTPUTF8), as far as is known.

        The server is asked seldom, a moment is waited at most, and whatever is not known is taken for a yes.
        """
        ...
