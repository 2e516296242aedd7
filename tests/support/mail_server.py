"""A mail server that a test holds in its hand: something happens at each mail, before or after it is taken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dela.errors import Refused, TemporaryFailure
from dela.mail.contract import Mail
from tests.support.forum import Forum

AWAY = "the mail server answered 421"
NEVER = "the mail server answered 550"


class Asleep(BaseException):
    """The worker does not come back from its conversation: it was killed, or sleeps for a long time."""


class MailServer:
    """Stands before the forum's own: `before` and `after` are called with each mail; `taken` is whose mails left."""

    def __init__(self, forum: Forum) -> None:
        self._outbox = forum.ports.mail
        self.taken: list[str] = []
        self.before: Callable[[Mail], None] = lambda mail: None
        self.after: Callable[[Mail], None] = lambda mail: None
        forum.ports = replace(forum.ports, mail=self)

    @contextmanager
    def session(self) -> Iterator["MailServer"]:
        yield self

    def carries_any_script(self) -> bool:
        return self._outbox.carries_any_script()

    def send(self, mail: Mail) -> None:
        self.before(mail)
        with self._outbox.session() as session:
            session.send(mail)
        self.taken.append(mail.recipient)
        self.after(mail)

    @property
    def repeated(self) -> list[str]:
        """Who got a mail more than once, as often as it was too often."""
        return sorted(each for each in set(self.taken) for _ in range(self.taken.count(each) - 1))


def away(mail: Mail) -> None:
    raise TemporaryFailure(AWAY)


def refuse(mail: Mail) -> None:
    raise Refused(NEVER)
