"""What the domain that mails come from publishes, and what to ask those for who look after it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from dela.errors import TemporaryFailure
from dela.operating import spf
from dela.operating.finding import Finding, Level
from dela.operating.names import Names
from dela.parsed.mail_place import MailServer
from dela.parsed.mailbox import Mailbox


@dataclass(frozen=True)
class Sender:
    """The domain of the sender's address, and the host that mails are handed to ("" for none)."""

    domain: str
    host: str

    @classmethod
    def of(cls, mailbox: Mailbox, server: MailServer | None) -> "Sender":
        """The sender of this DELA_MAIL_FROM by this DELA_MAIL."""
        return cls(mailbox.domain, server.host if server else "")


def about_sender(names: Names, sender: Sender) -> Iterator[Finding]:
    """SPF, DKIM, DMARC and MX of the sender's domain. No network is said, not raised."""
    parts: dict[str, Callable[[Names, Sender], Finding]] = {"SPF": _spf, "DMARC": _dmarc, "MX": _mx}
    for part, look in parts.items():
        try:
            yield look(names, sender)
        except TemporaryFailure as away:
            text = f"what {sender.domain} publishes can't be seen from here: {away}"
            yield Finding(part, Level.LOOK, text, "Run this check where the internet can be reached.")
        if part == "SPF":
            yield _dkim(sender)


def _spf(names: Names, sender: Sender) -> Finding:
    found = spf.records(names.texts(sender.domain))
    server = sender.host or "the mail server"
    if not found:
        text = f"{sender.domain} publishes none: many will take its mails for forged"
        ask = f"Ask the IT department to publish an SPF record for {sender.domain} that names {server}."
        return Finding("SPF", Level.BAD, text, ask)
    if len(found) > 1:
        text = f"{sender.domain} publishes {len(found)} records, which counts as an error"
        return Finding("SPF", Level.BAD, text, "Ask the IT department to make one record of them.")
    if found[0].casefold().split()[-1] in ("+all", "all"):
        text = f"{sender.domain} lets the whole world send in its name"
        return Finding("SPF", Level.LOOK, text, "Ask the IT department to end the record in ~all or -all.")
    return _coverage(names, sender, found[0])


def _coverage(names: Names, sender: Sender, record: str) -> Finding:
    if not sender.host:
        return Finding("SPF", Level.GOOD, f"{sender.domain} publishes: {record}")
    policy = spf.Policy(cache(names.texts), cache(names.addresses), cache(names.mail_servers))
    try:
        if policy.names(sender.domain, sender.host, names.addresses(sender.host)):
            return Finding("SPF", Level.GOOD, f"{sender.domain} names {sender.host}")
    except spf.TooManyLookups:
        text = f"the record of {sender.domain} leads to more than {spf.MOST_LOOKUPS} look-ups, which counts as an error"
        return Finding("SPF", Level.BAD, text, "Ask the IT department to shorten it.")
    text = f"{sender.domain} publishes a record, but it does not seem to name {sender.host}"
    ask = f"Ask the IT department whether mails that are handed to {sender.host} leave from a server that it names."
    return Finding("SPF", Level.LOOK, text, ask)


def _dkim(sender: Sender) -> Finding:
    text = f"whether {sender.host or 'the mail server'} signs for {sender.domain} can't be seen from outside"
    ask = (
        f'Ask the IT department: "Does {sender.host or "our mail server"} sign mails from {sender.domain} with DKIM, '
        'for that domain?" Or send a test mail to an address elsewhere and look for dkim=pass in its headers.'
    )
    return Finding("DKIM", Level.LOOK, text, ask)


def _dmarc(names: Names, sender: Sender) -> Finding:
    labels = sender.domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        domain = ".".join(labels[start:])
        found = [each for each in names.texts(f"_dmarc.{domain}") if each.casefold().startswith("v=dmarc1")]
        if found:
            return _dmarc_found(domain, found)
    text = f"{sender.domain} publishes none; large mail providers ask for one"
    ask = f'Ask the IT department to publish a TXT record at _dmarc.{sender.domain}, to begin with "v=DMARC1; p=none".'
    return Finding("DMARC", Level.LOOK, text, ask)


def _dmarc_found(domain: str, found: list[str]) -> Finding:
    if len(found) > 1:
        text = f"{domain} publishes {len(found)} records, which counts as none"
        return Finding("DMARC", Level.BAD, text, "Ask the IT department to leave one of them.")
    tags = dict(part.strip().split("=", 1) for part in found[0].split(";") if "=" in part)
    policy = {name.strip().casefold(): value.strip() for name, value in tags.items()}.get("p", "none").casefold()
    if policy == "none":
        return Finding("DMARC", Level.GOOD, f"{domain} publishes one, which asks for nothing (p=none)")
    text = f"{domain} asks to {policy} mails that neither SPF nor DKIM vouches for"
    return Finding("DMARC", Level.GOOD, text, "So one of the two has to be right for the mail server.")


def _mx(names: Names, sender: Sender) -> Finding:
    servers = names.mail_servers(sender.domain)
    if servers and list(servers) != ["."]:
        return Finding("MX", Level.GOOD, f"{sender.domain} takes mail at {servers[0]}")
    text = f"{sender.domain} takes no mail: reports of addresses that do not exist get lost, and many refuse its mails"
    return Finding("MX", Level.LOOK, text, "Ask the IT department for a sender's address that can receive mail.")
