"""What a speaker says beside the answer: what they will share, why not, and where mails go."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from dela.mailing.wake import wake_planned
from dela.ports import Ports
from dela.speaking import mails
from dela.speaking.agenda import line_of
from dela.speaking.invitation import Invitation, InvitationState
from dela.speaking.links import CONFIRM_ADDRESS_WITHIN
from dela.speaking.matter import Asked
from dela.speaking.reading import Closed, invitation_of, refuse_closed, with_meeting
from dela.speaking.telling import to_speaker
from dela.store.contract import Transaction
from dela.store.identity import canonical_address, person_id

ADDRESSES = 5
"""So often another address may be asked for: each sends a mail to somebody who may be a stranger."""
SAID_NO = (InvitationState.DECLINED, InvitationState.WITHDRAWN)


class Shared(BaseModel):
    """What somebody will share, in a title and two sentences; a telephone for the day; whether they may be named."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    title: str = ""
    summary: str = ""
    day_phone: str = ""
    consent: bool = False


class Reason(BaseModel):
    """Why somebody said no, whether they may be asked another time, and whom else they would ask."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    reason: str = ""
    remark: str = ""
    ask_again: bool = False
    suggests: str = ""


def share(ports: Ports, id: str, shared: Shared, now: datetime) -> Asked:
    """Keep what a speaker says of their share, and show it from the start on; from then on only the consent changes.

    Raises NotFound, and Closed ("cancelled" or "not_speaking").
    """

    def work(store: Transaction) -> Asked:
        invitation, meeting = with_meeting(store, id)
        if meeting.cancelled or not invitation.speaks:
            raise Closed("cancelled" if meeting.cancelled else "not_speaking")
        said = shared.model_dump() if now < meeting.starts_at else {"consent": shared.consent}
        changed = invitation.model_copy(update=said)
        if changed != invitation:
            store.put(changed)
            store.put(line_of(changed))
        return Asked(id=id, invitation=changed, meeting=meeting, order=())

    return ports.store.transact(work)


def explain(ports: Ports, id: str, reason: Reason) -> Invitation:
    """Keep the reason of somebody who said no; nobody is mailed. Raises NotFound, and Closed ("over") for others."""

    def work(store: Transaction) -> Invitation:
        invitation = invitation_of(store, id)
        if invitation.state not in SAID_NO:
            raise Closed("over")
        changed = invitation.model_copy(update=reason.model_dump())
        if changed != invitation:
            store.put(changed)
        return changed

    return ports.store.transact(work)


def ask_for_address(ports: Ports, id: str, address: str, now: datetime) -> Invitation:
    """Plan the mail that has another address confirmed; the present one changes nothing.

    Raises NotFound, and Closed ("cancelled", "started", "over", "not_speaking" or "too_often").
    """

    def work(store: Transaction) -> tuple[Invitation, list[Any]]:
        invitation, meeting = with_meeting(store, id)
        refuse_closed(invitation, meeting, now)
        if not invitation.speaks:
            raise Closed("not_speaking")
        if canonical_address(address) in (canonical_address(invitation.email), canonical_address(invitation.new_email)):
            return invitation, []
        if invitation.addresses >= ADDRESSES:
            raise Closed("too_often")
        changed = invitation.model_copy(update={"new_email": address, "addresses": invitation.addresses + 1})
        until = now + CONFIRM_ADDRESS_WITHIN
        message = to_speaker(mails.ADDRESS, str(changed.addresses), changed, meeting, now, until)
        store.put(changed)
        store.create(message)
        return changed, [message]

    changed, planned = ports.store.transact(work)
    wake_planned(ports, planned)
    return changed


def confirm_address(ports: Ports, token_id: str, now: datetime) -> Invitation:
    """Have mails go to the address whose owner opened the link; a second time changes nothing.

    `token_id` is what the link names: the invitation and the number of the address. Raises NotFound, and Closed
    ("outdated") if another address was asked for since.
    """
    id, _, number = token_id.rpartition(".")

    def work(store: Transaction) -> Invitation:
        invitation = invitation_of(store, id)
        if number != str(invitation.addresses):
            raise Closed("outdated")
        if not invitation.new_email:
            return invitation
        mailbox = person_id(ports.settings.identity_key, invitation.new_email)
        update = {"email": invitation.new_email, "mailbox": mailbox, "new_email": ""}
        changed = invitation.model_copy(update=update)
        store.put(changed)
        return changed

    return ports.store.transact(work)
