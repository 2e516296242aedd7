"""What `delivery` needs of the presentation: mails. A letter is rendered once and filled in for each person."""

from datetime import datetime
from typing import Protocol

from dela.attending.registration import Registration
from dela.mail.contract import Mail
from dela.mailing.ledger import Reason
from dela.meetings.meeting import Meeting


class Letter(Protocol):
    """A mail of one reason, meeting and language, ready but for what is personal."""

    def fill(self, registration: Registration, message_id: str, now: datetime) -> Mail:
        """The mail for one person, complete. `message_id` is the ledger id it belongs to; `now` is its Date.

        The same arguments give the same bytes. Raises Refused for an address that no mail can be written to.
        """
        ...


class Renderer(Protocol):
    """Writes letters."""

    def letter(self, reason: Reason, meeting: Meeting, language: str, now: datetime) -> Letter:
        """The letter as it reads at `now` (aware UTC): the meeting's present time and state, in `language`.

        An unknown language reads as the forum's default. Cheap when called again with the same arguments.
        """
        ...
