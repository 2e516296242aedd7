"""What can go wrong, in one family: every error that Dela raises on purpose is a DelaError.

Adapters translate the errors of their technology into these at their edge and keep the cause (`raise ... from exc`).
Endpoints turn them into answers; `TemporaryFailure` is the only one that is worth trying again.
"""

from collections.abc import Mapping


class DelaError(Exception):
    """Base of all errors that are raised on purpose."""


class Invalid(DelaError):
    """Input that can't be accepted; `fields` maps each field's name to the code of what is wrong with it.

    The codes are turned into sentences in the reader's language by web/language.py.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in fields.items()))
        self.fields = dict(fields)


class NotFound(DelaError):
    """The document, page or link's target does not exist (any more)."""


class Conflict(DelaError):
    """What was asked contradicts what is stored: created already, in the past, cancelled. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Expired(DelaError):
    """A link or stamp that was valid once and is no longer."""


class Unreadable(DelaError):
    """A stored document that this program can't read: a newer one's, or a damaged one. It quotes nothing of it."""


class Refused(DelaError):
    """A final no of the other side, such as a mail server that does not know the address."""


class Broken(DelaError):
    """What neither waiting nor asking differently mends: a missing right, a wrong project, a mistake in this program.

    Whoever asked gets "our mistake"; the log says it to an operator.
    """


class TemporaryFailure(DelaError):
    """It may work when tried again later: contention, a server that is away, a full disk."""
