"""What falls due by itself: the mails to an audience that a time brings about, over all declarations."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dela.mailing.kinds import Audience, Due, MailKind
from dela.mailing.pace import time_for
from dela.ports import Ports
from dela.store.contract import Query

LONGEST_LEAD = timedelta(days=2)
"""Nothing begins to leave longer before it is due, however slow the mail server."""
EVER = datetime.max.replace(tzinfo=UTC)
"""Further ahead than anything is planned."""


def all_due(ports: Ports, now: datetime, until: datetime) -> Iterator[tuple[MailKind, Due]]:
    """Every mail that fell due, or will until a time (UTC), and is about something that is not over at `now`."""
    for kind in ports.declared.all(MailKind):
        if kind.due is not None:
            yield from ((kind, due) for due in kind.due(ports, now, until))


def head_start(ports: Ports, audience: Audience, matter: str) -> timedelta:
    """How long before a mail to this audience is due its sending begins, so that the last reader has it in time."""
    if not ports.settings.mail_rate:
        return timedelta(0)
    people = ports.store.count(audience.kind, Query(equal=audience.equal(matter)))
    return time_for(people, ports.settings.mail_rate)
