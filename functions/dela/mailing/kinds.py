"""What a mail is, as its subject's room declares it: to whom, about what, when it is true, and what it carries.

Ledger, delivery, letters, restore, cost and the demo's clock walk these declarations and know no mail by name. Nothing
has a default: a declaration that says too little can't be made.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from dela.mailing.ledger import Message
from dela.ports import Ports
from dela.settings import Settings
from dela.store.contract import Reader, Scalar
from dela.store.documents import Document
from dela.web.links import Link, Links

Method = Literal["PUBLISH", "CANCEL"]
"""What a calendar file does (RFC 5546): inform of an entry, or take it out again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Truth at send time: send it, drop it for a reason (a code), or look again at a later time.

    `meant_for` is set for a mail to an audience that is meant for those only who belonged to it before that moment.
    """

    drop: str = ""
    not_before: datetime | None = None
    meant_for: datetime | None = None


SEND = Verdict()
TOO_LATE = "too_late"
GONE = "meeting_gone"
"""What a mail is about is no longer there; the word is what ledgers hold since the first release."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """The circumstances under which a planned mail is judged: what the ledger says of it, and the moment (UTC).

    `lead` is by how much its sending may begin before it is due, because a slow server needs a head start.
    """

    occurrence: str
    useful_until: datetime
    now: datetime
    settings: Settings
    lead: timedelta = timedelta(0)


class Addressee(Protocol):
    """Whom a mail is written to: a document of some room, with what every letter needs of it."""

    @property
    def id(self) -> str:
        """What the links in the mail name."""
        ...

    @property
    def person(self) -> str:
        """The person's id."""
        ...

    @property
    def email(self) -> str:
        """The bare address."""
        ...

    @property
    def name(self) -> str:
        """What we call them."""
        ...

    @property
    def language(self) -> str:
        """The language of their mails."""
        ...


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A sort of people whom mails are written to.

    `find` reads one of them, by the id of what the mail is about and the person's; None: they are gone.
    """

    name: str
    find: Callable[[Ports, str, str], Addressee | None]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Many recipients at once: the documents of `kind` with these equal fields, in order of their field `person`.

    `equal` makes the equalities of the id of what the mail is about; `kind.indexes` has them, followed by `person`.
    `includes` says whether a mail that was meant to start leaving at a time (UTC) reaches one of them. `spares` are the
    people whom another mail reaches instead, by the id of what the mail is about and the occurrence: one mail an hour.
    """

    name: str
    kind: type[Document]
    equal: Callable[[str], Mapping[str, Scalar]]
    includes: Callable[[Any, datetime], bool]
    spares: Callable[[Reader, str, str], Collection[str]]


def nobody(store: Reader, matter: str, occurrence: str) -> Collection[str]:
    """No other mail reaches any of them."""
    return ()


class Matter(Protocol):
    """What mails are about, and how it is told: read anew when a mail leaves."""

    def read(self, store: Reader, id: str) -> Document | None:
        """The document of that id; None: it is gone."""
        ...

    def told_at(self, matter: Any, language: str, settings: Settings, now: datetime) -> Hashable:
        """What of the text depends on the moment, such as "in 7 days": a letter is good for as long as it stays."""
        ...

    def words(self, matter: Any, told: Any, language: str, settings: Settings, links: Links) -> Mapping[str, Any]:
        """What templates may say about it, beside what every template may say."""
        ...

    def calendar(
        self, matter: Any, settings: Settings, language: str, url: str, *, method: Method, sequence: int
    ) -> bytes:
        """Its calendar file (RFC 5545), with the reader's link and the sequence of the reader's entry."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """A mail to an audience that falls due by itself.

    `matter` is the id of what it is about; `at` is when it is to be there, `starts_at` when sending begins (UTC).
    """

    matter: str
    occurrence: str
    starts_at: datetime
    at: datetime
    useful_until: datetime


@dataclass(frozen=True, kw_only=True)
class CalendarPart:
    """A calendar file in a mail. `sequence` of the matter and the addressee is that of the reader's entry."""

    method: Method
    link: Link
    sequence: Callable[[Any, Any], int]


@dataclass(frozen=True, kw_only=True, eq=False)
class MailKind:
    """A mail: `name` is its folder in templates/mails, and the reason in the ledger.

    audience   whom it goes to when it is not caused by one person; None: only ever to one
    due        when it falls due by itself, from those that are not over up to a time (UTC); None: it never does
    true_for   a code why it is not true for this addressee now; "" if it is
    still_true whether it is true at all, as its matter is now
    replanned  that its time moves with its matter, so that the time of use in the ledger is not the last word
    one_click  the link of RFC 8058 in its header; None: it is transactional, the answer to what its reader just did
    nameless   that it says no name: it goes to an address that nobody has proven, and a name is a stranger's words
    unproven   that anyone can cause it by typing an address: there is a brake on such mails (mailing/unproven.py)
    when_sent  what is written as well when it is recorded as sent, at a time (UTC); it only reads. None: nothing
    links      every personal link in it; templates know each as PURPOSE_url
    """

    name: str
    recipient: Recipient
    audience: Audience | None
    matter: Matter
    due: Callable[[Ports, datetime, datetime], Iterable[Due]] | None
    true_for: Callable[[Any], str]
    still_true: Callable[[Any, Occasion], Verdict]
    replanned: bool
    calendar: CalendarPart | None
    one_click: Link | None
    nameless: bool
    unproven: bool
    when_sent: Callable[[Reader, Message, datetime], Iterable[Document]] | None
    links: tuple[Link, ...]

    @property
    def transactional(self) -> bool:
        """Whether it answers what its reader just did."""
        return self.one_click is None

    def judged(self, matter: Any, occasion: Occasion) -> Verdict:
        """Whether it is true for anyone; what it is about may be gone."""
        return Verdict(drop=GONE) if matter is None else self.still_true(matter, occasion)
