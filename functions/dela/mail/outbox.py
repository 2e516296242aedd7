"""Mails as files in a folder, for trying out: NNNNNNNN-ID.eml, in the order of sending."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dela.errors import TemporaryFailure
from dela.mail.contract import Mail

DIGITS = 8


class Outbox:
    """See mail/contract.py. The server is a folder; a mail is taken when its file has its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def session(self) -> Iterator["Outbox"]:
        """See mail/contract.py."""
        yield self

    def carries(self, address: str) -> bool:
        """See mail/contract.py. A folder carries everything."""
        return True

    def send(self, mail: Mail) -> None:
        """See mail/contract.py. Refuses nobody; a folder that can't be written to is a temporary failure."""
        id = hashlib.sha256(mail.message_id.encode()).hexdigest()[:16]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._turn() as number:
                _write(self._folder / f"{number:0{DIGITS}}-{id}.eml", mail.data)
        except OSError as error:
            raise TemporaryFailure(f"the outbox can't be written to: {error.strerror}") from error

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """The next number, while no other process or thread can take one."""
        with (self._folder / ".counter").open("a+") as counter:
            fcntl.flock(counter, fcntl.LOCK_EX)
            counter.seek(0)
            number = int(counter.read() or self._highest()) + 1
            # Before the mail: a disk that is full only now would else report as not taken what has its name.
            counter.seek(0)
            counter.truncate()
            counter.write(str(number))
            counter.flush()
            yield number

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
    except OSError:
        draft.unlink(missing_ok=True)
        raise
