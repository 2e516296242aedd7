"""Whom mails of speaking are written to: a speaker, the address that a speaker wants to change to, a coordinator."""

from collections.abc import Iterator
from dataclasses import dataclass

from dela.mailing.kinds import Recipient
from dela.ports import Ports
from dela.settings import Settings
from dela.speaking.invitation import Invitation
from dela.store.identity import person_id


@dataclass(frozen=True)
class Somebody:
    """See mailing/kinds.py, Addressee."""

    id: str
    person: str
    email: str
    name: str
    language: str


def coordinators(settings: Settings) -> Iterator[tuple[str, str]]:
    """The person's id and the bare address of each coordinator."""
    for address in dict.fromkeys(mailbox.address for mailbox in settings.coordinators):
        yield person_id(settings.identity_key, address), address


def _speaker(ports: Ports, about: str, person: str) -> Invitation | None:
    return ports.store.get(Invitation, about)


def _new_address(ports: Ports, about: str, person: str) -> Somebody | None:
    found = ports.store.get(Invitation, about)
    if found is None or not found.new_email:
        return None
    return Somebody(f"{found.id}.{found.addresses}", person, found.new_email, found.name, found.language)


def _coordinator(ports: Ports, about: str, person: str) -> Somebody | None:
    """Who is one by the settings of today. Their links are about the meeting."""
    settings = ports.settings
    address = dict(coordinators(settings)).get(person)
    if address is None:
        return None
    name = settings.coordinator_name if address == settings.reply_to.address else ""
    return Somebody(about.partition(".")[0], person, address, name, settings.language)


SPEAKER = Recipient(name="speaker", find=_speaker)
NEW_ADDRESS = Recipient(name="new_address", find=_new_address)
COORDINATOR = Recipient(name="coordinator", find=_coordinator)
