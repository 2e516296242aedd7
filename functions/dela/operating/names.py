"""What the domain name system publishes, as a port: for looking at the domain that mails come from."""

from collections.abc import Sequence
from typing import Protocol


class Names(Protocol):
    """Answers questions about domains. Every wait has a limit of its own.

    Every method answers an empty list where nothing is published, and raises TemporaryFailure where nobody answers.
    """

    def texts(self, domain: str) -> Sequence[str]:
        """The TXT records of a domain, each as one text."""
        ...

    def mail_servers(self, domain: str) -> Sequence[str]:
        """The hosts that take mail for a domain, the preferred first; "." alone says that it takes none (RFC 7505)."""
        ...

    def addresses(self, host: str) -> Sequence[str]:
        """The IP addresses of a host, of both kinds."""
        ...
