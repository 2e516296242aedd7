"""What a wake-up of `delivery` names: a message or a page of the ledger. It is a hint, never an order."""

import re

from dela.mailing.ledger import AudiencePage, Leased, Message

KINDS: dict[str, type[Message] | type[AudiencePage]] = {"message": Message, "page": AudiencePage}
ID = re.compile(r"[a-z][A-Za-z0-9@._-]{0,400}")
"""The form of the ids of messages and pages: whatever else stands in a hint, no store is asked for."""


def wakeup_key(work: Leased) -> str:
    """The key under which the queue knows this message or page."""
    return f"{'message' if isinstance(work, Message) else 'page'}:{work.id}"


def parse_wakeup(key: str) -> tuple[type[Message] | type[AudiencePage], str] | None:
    """Which document a key names, or None if it is no key of ours."""
    kind, _, id = key.partition(":")
    return (KINDS[kind], id) if kind in KINDS and ID.fullmatch(id) else None
