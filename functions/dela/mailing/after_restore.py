"""What a restored ledger can't know: what was sent after the backup was made (docs/decisions/0007)."""

from datetime import datetime

from dela.duties.plan_mails import starts_at
from dela.mailing.ledger import AudiencePage, AudiencePlan, Reason, audience_key
from dela.meetings.meeting import Meeting
from dela.meetings.reading import open_meetings
from dela.meetings.reminder_times import Reminder, reminders_of
from dela.ports import Ports
from dela.store.contract import Query, Transaction
from dela.store.documents import instant_text

RESTORED = "restored"
"""The outcome of pages that are not sent any more."""


def settle(ports: Ports, now: datetime) -> int:
    """Take every reminder that may have left since the backup as sent; answers how many.

    The next reminder comes as usual. Mails to one person that wait, and corrections of a moved or cancelled meeting,
    are kept: losing one of them does more harm than its repeat, which carries the same Message-ID.
    """
    settled = 0
    for meeting in open_meetings(ports.store, now):
        for reminder in reminders_of(meeting, ports.settings.reminders, ports.settings.zone):
            if starts_at(ports, meeting, reminder) <= now:
                settled += _take_as_sent(ports, meeting, reminder, now)
    return settled


def _take_as_sent(ports: Ports, meeting: Meeting, reminder: Reminder, now: datetime) -> int:
    key = audience_key(Reason.REMINDER, reminder.occurrence, meeting.id)

    def work(store: Transaction) -> int:
        plan = store.get(AudiencePlan, key)
        begun = Query(range_field="due_at", below=instant_text(now), limit=1000)
        pages = [page for page in store.query(AudiencePage, begun) if page.id.startswith(f"{key}.")]
        if plan is not None and not pages:
            return 0
        if plan is None:
            store.create(AudiencePlan(id=key, meeting=meeting.id, planned_at=now, pages=0, people=0))
        for page in pages:
            store.put(page.model_copy(update={"due_at": None, "lease_until": None, "outcome": RESTORED, "cursor": ""}))
        return 1

    return ports.store.transact(work)
