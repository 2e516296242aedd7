"""The domain name system, asked by dnspython, with a limit to every wait."""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from dela.errors import TemporaryFailure

ANSWER_SECONDS = 2.0
LIFETIME_SECONDS = 4.0
"""For one question over all servers and tries; who never answered is not asked again."""


class DnsNames:
    """See operating/names.py. It asks the machine's own name servers, or those given."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._servers, self._port = list(servers), port
        self._asked, self._away = False, ""

    def texts(self, domain: str) -> Sequence[str]:
        """See operating/names.py."""
        return [b"".join(record.strings).decode(errors="replace") for record in self._ask(domain, "TXT")]

    def mail_servers(self, domain: str) -> Sequence[str]:
        """See operating/names.py."""
        records = sorted(self._ask(domain, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text(omit_final_dot=True) or "." for record in records]

    def addresses(self, host: str) -> Sequence[str]:
        """See operating/names.py."""
        with suppress(ValueError):
            return [str(ip_address(host))]
        return [record.address for kind in ("A", "AAAA") for record in self._ask(host, kind)]

    def _ask(self, name: str, kind: str) -> list[Any]:
        if not self._asked:
            self._asked = True
            if not self._resolved(".", "NS"):
                self._away = "the name servers here know nothing of the internet"
        return self._resolved(name.rstrip(".") + ".", kind)

    def _resolved(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        if self._away:
            raise TemporaryFailure(self._away)
        try:
            return list(self._resolver().resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.Timeout, dns.resolver.NoResolverConfiguration, OSError) as error:
            self._away = f"the name servers do not answer ({type(error).__name__})"
            raise TemporaryFailure(self._away) from error
        except (dns.exception.DNSException, ValueError) as error:
            raise TemporaryFailure(f"{name} can't be asked for ({type(error).__name__})") from error

    def _resolver(self) -> Any:
        from dns.resolver import Resolver

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers, resolver.port = list(self._servers), self._port
        resolver.timeout, resolver.lifetime = ANSWER_SECONDS, LIFETIME_SECONDS
        return resolver
