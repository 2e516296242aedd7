"""SPF (RFC 7208) as far as an operator asks: whether the record of a domain names this mail server."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network

MOST_LOOKUPS = 10
"""RFC 7208, 4.6.4: a record that needs more is an error for those who check it."""


class TooManyLookups(Exception):
    """The record leads to more questions than receivers ask."""


def records(texts: Iterable[str]) -> list[str]:
    """Those of a domain's texts that are SPF records; more than one is an error (RFC 7208, 4.5)."""
    return [text for text in texts if text.split(" ", 1)[0].casefold() == "v=spf1"]


class Policy:
    """Reads a domain's record and what it includes; `texts`, `addresses` and `mail_servers` ask for a name's."""

    def __init__(
        self,
        texts: Callable[[str], Sequence[str]],
        addresses: Callable[[str], Sequence[str]],
        mail_servers: Callable[[str], Sequence[str]],
    ) -> None:
        self._texts, self._addresses, self._mail_servers = texts, addresses, mail_servers
        self._lookups = 0

    def names(self, domain: str, host: str, host_addresses: Sequence[str]) -> bool:
        """Whether a host may send for the domain: by its addresses, or because its own domain's record is included.

        A provider's servers send from other addresses than they take mail at: therefore the second.
        Raises TooManyLookups.
        """
        found = records(self._texts(domain))
        if len(found) != 1:
            return False
        terms = found[0].casefold().split()[1:]
        return any(self._term_names(term, domain, host, host_addresses) for term in terms)

    def _term_names(self, term: str, domain: str, host: str, host_addresses: Sequence[str]) -> bool:
        kind, value = _parts(term)
        if kind in ("ip4", "ip6"):
            return _inside(host_addresses, value)
        if kind in ("include", "redirect"):
            self._count()
            return _same_owner(value, host) or self.names(value, host, host_addresses)
        target, _, length = value.partition("/")
        if kind == "a":
            self._count()
            return self._covers([target or domain], length, host_addresses)
        if kind == "mx":
            self._count()
            servers = self._mail_servers(target or domain)
            return host.casefold() in servers or self._covers(servers, length, host_addresses)
        return False

    def _covers(self, hosts: Sequence[str], length: str, host_addresses: Sequence[str]) -> bool:
        suffix = f"/{length}" if length.isdigit() else ""
        return any(_inside(host_addresses, f"{each}{suffix}") for name in hosts for each in self._addresses(name))

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise TooManyLookups


def _parts(term: str) -> tuple[str, str]:
    """The mechanism or modifier and its value. What denies keeps its sign ("-", "~", "?"), and so names nobody."""
    term = term.removeprefix("+")
    for sign in (":", "=", "/"):
        kind, found, value = term.partition(sign)
        if found:
            return kind, f"/{value}" if sign == "/" else value
    return term, ""


def _inside(addresses: Sequence[str], network: str) -> bool:
    try:
        wanted = ip_network(network, strict=False)
        return any(ip_address(each) in wanted for each in addresses)
    except ValueError:
        return False


def _same_owner(included: str, host: str) -> bool:
    """Whether an included name lies in the domain of the mail host: the last two labels agree."""
    return included.split(".")[-2:] == host.casefold().split(".")[-2:]
