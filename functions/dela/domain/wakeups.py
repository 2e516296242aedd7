"""What a wake-up of `delivery` names: a message or a page of the ledger. It is a hint, never an order."""

from dela.domain.ledger import AudiencePage, Leased, Message

KINDS: dict[str, type[Message] | type[AudiencePage]] = {"message": Message, "page": AudiencePage}


def wakeup_key(work: Leased) -> str:
    """The key under which the queue knows this message or page."""
    return f"{'message' if isinstance(work, Message) else 'page'}:{work.id}"


def parse_wakeup(key: str) -> tuple[type[Message] | type[AudiencePage], str] | None:
    """Which document a key names, or None if it is no key of ours."""
    kind, _, id = key.partition(":")
    return (KINDS[kind], id) if kind in KINDS and id else None
