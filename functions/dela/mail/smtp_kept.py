"""Conversations between two mails: kept for some seconds, because connecting takes longer than a mail.

Nothing is in the air while one is kept: it has said RSET or had its last mail taken. Whether the server still listens
shows at the next MAIL, before anything of a mail is given away.
"""

import os
from collections import deque
from threading import Condition, Thread
from time import monotonic
from typing import Protocol
from weakref import WeakSet


class Conversation(Protocol):
    """A conversation with a server that could go on."""

    def close(self) -> None:
        """End it politely, within a moment."""
        ...

    def abandon(self) -> None:
        """Drop it as it is."""
        ...


class Kept:
    """Keeps at most `most` conversations, each at most `seconds` long: then a thread ends it.

    Whoever needs one takes one from here before connecting, so that keeping never makes more connections at a time than
    there were at work at a time. Nothing is kept across a fork: two processes would talk into one conversation.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._idle: deque[tuple[float, Conversation]] = deque()
        self._changed = Condition()
        self._sweeper: Thread | None = None
        _all.add(self)

    def take(self) -> Conversation | None:
        """The one that was used last. One that outlived its time, because the machine slept, is not worth a wait."""
        taken, stale = None, list[Conversation]()
        with self._changed:
            while self._idle and taken is None:
                until, conversation = self._idle.pop()
                if monotonic() < until:
                    taken = conversation
                else:
                    stale.append(conversation)
        for each in stale:
            each.abandon()
        return taken

    def put(self, conversation: Conversation) -> None:
        """Keep it for whoever comes next, or end it if there are enough."""
        with self._changed:
            kept = len(self._idle) < self._most and self._swept()
            if kept:
                self._idle.append((monotonic() + self._seconds, conversation))
        if not kept:
            conversation.close()

    def close(self) -> None:
        """End all of them."""
        with self._changed:
            idle = [conversation for _, conversation in self._idle]
            self._idle.clear()
            self._changed.notify_all()
        for each in idle:
            each.close()

    def _swept(self) -> bool:
        """Whether a thread ends what is kept. That none can be started is no failure of the mail that has just left."""
        if self._sweeper is None:
            sweeper = Thread(target=self._sweep, name="mail", daemon=True)
            try:
                sweeper.start()
            except RuntimeError:
                return False
            self._sweeper = sweeper
        return True

    def _sweep(self) -> None:
        """End what was kept long enough, until there is nothing left to wait for."""
        while True:
            with self._changed:
                while self._idle and (left := self._idle[0][0] - monotonic()) > 0:
                    self._changed.wait(left)
                if not self._idle:
                    self._sweeper = None
                    return
                _, conversation = self._idle.popleft()
            conversation.close()

    def begin_anew(self) -> None:
        """In a child: no thread came along, and the lock may be held by nobody."""
        self._changed, self._sweeper = Condition(), None
        for _, conversation in self._idle:
            conversation.abandon()
        self._idle = deque()


_all: WeakSet[Kept] = WeakSet()


def _close_all() -> None:
    for each in list(_all):
        each.close()


def _begin_anew() -> None:
    for each in list(_all):
        each.begin_anew()


os.register_at_fork(before=_close_all, after_in_child=_begin_anew)
