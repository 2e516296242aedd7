"""smtplib with a limit to a mail's whole conversation: its own is for each read, which a server that drips never meets.

It also is what keeps a process that was stopped (SIGSTOP, a sleeping machine) from going on with a mail for which it no
longer holds the lease: time that passes meanwhile counts.
"""

import io
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import Any


class Patience:
    """How long the server may take: so many seconds for each answer, so many for the conversation about one mail."""

    def __init__(self, each: float, whole: float) -> None:
        self._each, self._whole = each, whole
        self._until = inf

    def begin(self) -> None:
        """A new mail begins now."""
        self._until = monotonic() + self._whole

    @contextmanager
    def briefly(self, seconds: float) -> Iterator[None]:
        """Inside this context the server has so many seconds in all; the mail's own limit stays as it is."""
        until, self._until = self._until, monotonic() + seconds
        try:
            yield
        finally:
            self._until = until

    def left(self) -> float:
        """The seconds that the next answer may take. Raises TimeoutError when the mail has taken too long already."""
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("the conversation took too long")
        return min(self._each, left)


class PatientSmtp(smtplib.SMTP):
    """smtplib.SMTP that reads with a Patience."""

    def __init__(self, patience: Patience, *where: Any, **more: Any) -> None:
        self._patience = patience
        super().__init__(*where, **more)

    def getreply(self) -> tuple[int, bytes]:
        """See smtplib."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Reading(self.sock, self._patience))
        return super().getreply()


class PatientSmtpOverTls(PatientSmtp, smtplib.SMTP_SSL):
    """The same for a connection that is encrypted from its start."""


class _Reading(io.RawIOBase):
    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock, self._patience = sock, patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._patience.left())
        return self._sock.recv_into(buffer)
