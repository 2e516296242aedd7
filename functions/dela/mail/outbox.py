"""Mails as files in a folder, for trying out: NNNNNNNN-ID.eml, in the order of sending."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dela.errors import TemporaryFailure
from dela.mail.contract import Mail
from dela.store.files import made, sync

DIGITS = 8


class Outbox:
    """See mail/contract.py. The server is a folder; a mail is taken when its file has its name."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._cleared = folder, False

    @contextmanager
    def session(self) -> Iterator["Outbox"]:
        """See mail/contract.py."""
        yield self

    def carries_any_script(self) -> bool:
        """See mail/contract.py. A folder carries everything."""
        return True

    def send(self, mail: Mail) -> None:
        """See mail/contract.py. Refuses nobody; a folder that can't be written to is a temporary failure."""
        id = hashlib.sha256(mail.message_id.encode()).hexdigest()[:16]
        try:
            made(self._folder)
            with self._turn() as number:
                self._clear()
                _write(self._folder / f"{number:0{DIGITS}}-{id}.eml", mail.data)
        except OSError as error:
            raise TemporaryFailure(f"the outbox can't be written to: {error.strerror}") from error

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """The next number, while no other process or thread can take one."""
        with (self._folder / ".counter").open("a+", errors="replace") as counter:
            fcntl.flock(counter, fcntl.LOCK_EX)
            counter.seek(0)
            told = counter.read()
            number = (int(told) if told.isascii() and told.isdigit() else self._highest()) + 1
            # Before the mail: a disk that is full only now would else report as not taken what has its name.
            counter.seek(0)
            counter.truncate()
            counter.write(str(number))
            counter.flush()
            yield number

    def _clear(self) -> None:
        """Once, while no other can write: remove the drafts of processes that were killed; there are mails in them."""
        if not self._cleared:
            for left in self._folder.glob(".*.draft"):
                left.unlink(missing_ok=True)
            self._cleared = True

    def _highest(self) -> int:
        """The highest number of a folder that lost its counter."""
        names = [path.name[:DIGITS] for path in self._folder.glob("*.eml")]
        return max((int(name) for name in names if name.isdigit()), default=0)


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is on disk, whole and under its name, when this returns; else nothing is left of it."""
    draft = path.with_name(f".{path.stem}.draft")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
