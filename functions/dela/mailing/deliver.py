"""What `delivery` does: sends what the store says is due. A key is a hint where to look, never an order."""

from dela.errors import Unreadable
from dela.mailing.deliver_audience import deliver_audience
from dela.mailing.deliver_message import deliver_message
from dela.mailing.ledger import AudiencePage, Message
from dela.mailing.wakeups import parse_wakeup
from dela.ports import Ports
from dela.store.contract import Query
from dela.store.documents import instant_text

AT_ONCE = 20


def deliver(ports: Ports, key: str | None) -> dict[str, int]:
    """Send the message or page that `key` names if it is due; without a key of ours, some of what is due.

    Answers counts for the log. Raises TemporaryFailure where the store is away: whoever called tries again.
    """
    named = parse_wakeup(key or "")
    if named is not None:
        return _deliver_one(ports, *named)
    counts: dict[str, int] = {}
    due = Query(range_field="due_at", below=instant_text(ports.clock.now()), limit=AT_ONCE)
    for kind in (Message, AudiencePage):
        for work in ports.store.query(kind, due):
            for outcome, count in _deliver_one(ports, kind, work.id).items():
                counts[outcome] = counts.get(outcome, 0) + count
    return counts


def _deliver_one(ports: Ports, kind: type[Message] | type[AudiencePage], id: str) -> dict[str, int]:
    try:
        return {deliver_message(ports, id): 1} if kind is Message else deliver_audience(ports, id)
    except Unreadable:  # (the store has logged it) it must not hold up the others, nor be asked for without end
        return {"unreadable": 1}
