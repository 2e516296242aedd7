"""What the mail server says it can do: asked once in a while, remembered, and hardly waited for."""

from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic

REMEMBERED_SECONDS = 3600.0
ASKED_AGAIN_SECONDS = 60.0
"""So long nobody asks a server again that did not answer."""
WAITS_SECONDS = 1.0
"""So long those wait who come while it is asked for the first time: less than a person notices."""


class Ability:
    """A yes or no of the server. `ask` gets it from there, in a thread of its own; it returns or raises as it likes."""

    def __init__(self, ask: Callable[[], bool], waits: float = WAITS_SECONDS) -> None:
        self._ask, self._waits = ask, waits
        self._changed = Condition()
        self._known: bool | None = None
        self._asked_again = self._waited_for = 0.0
        self._asking = False

    def learn(self, able: bool) -> None:
        """What a conversation with the server has just shown."""
        with self._changed:
            self._known, self._asked_again = able, monotonic() + REMEMBERED_SECONDS

    def known(self) -> bool | None:
        """What the server said last. None: it said nothing so far, or takes too long to say it.

        Whoever is told an answer that is old does not wait for the new one.
        """
        with self._changed:
            now = monotonic()
            if now >= self._asked_again and not self._asking:
                self._asking, self._waited_for = True, now + self._waits
                self._asked_again = now + ASKED_AGAIN_SECONDS
                Thread(target=self._find_out, name="mail ability", daemon=True).start()
            if self._known is None and now < self._waited_for:
                self._changed.wait_for(lambda: not self._asking, self._waited_for - now)
            return self._known

    def _find_out(self) -> None:
        try:
            self.learn(self._ask())
        except Exception:  # noqa: BLE001, S110  (whatever is wrong with the server shows when a mail is to leave)
            pass
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()
