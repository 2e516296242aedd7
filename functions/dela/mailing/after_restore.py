"""What a restored ledger can't know: what was sent after the backup was made (docs/decisions/0007)."""

from datetime import datetime

from dela.mailing.due import LONGEST_LEAD, all_due
from dela.mailing.kinds import Due, MailKind
from dela.mailing.ledger import AudiencePage, AudiencePlan, audience_key
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text
from dela.store.readable import is_there

RESTORED = "restored"
"""The outcome of pages that are not sent any more."""


def settle(ports: Ports, now: datetime) -> int:
    """Take every mail to many that fell due by itself and may have left since the backup as sent; answers how many.

    The next one comes as usual. Mails to one person that wait, and corrections of a moved or cancelled meeting,
    are kept: losing one of them does more harm than its repeat, which carries the same Message-ID.
    """
    begun = [(kind, due) for kind, due in all_due(ports, now, now + LONGEST_LEAD) if due.starts_at <= now]
    return sum(_take_as_sent(ports, kind, due, now) for kind, due in begun)


def _take_as_sent(ports: Ports, kind: MailKind, due: Due, now: datetime) -> int:
    key = audience_key(kind.name, due.occurrence, due.matter)

    def work(store: Transaction) -> int:
        planned = is_there(store, AudiencePlan, key)
        begun = Query(range_field="due_at", below=instant_text(now), limit=1000)
        pages = [page for page in store.query(AudiencePage, begun) if page.id.startswith(f"{key}.")]
        if planned and not pages:
            return 0
        if not planned:
            store.create(AudiencePlan(id=key, meeting=due.matter, planned_at=now, pages=0, people=0))
        for page in pages:
            store.put(page.model_copy(update={"due_at": None, "lease_until": None, "outcome": RESTORED, "cursor": ""}))
        return 1

    return ports.store.transact(work)
