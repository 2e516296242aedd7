"""Another address of a speaker: mails go there once its owner has said so."""

from werkzeug import Response

from dela.speaking.change import confirm_address
from dela.speaking.links import INVITATION, SPEAKER_ADDRESS
from dela.speaking.reading import Closed, invitation_of
from dela.web.call import Call


def show(call: Call, token: str) -> Response:
    """GET: the button, or what has become of it."""
    id, _, number = call.open(SPEAKER_ADDRESS, token).rpartition(".")
    invitation = invitation_of(call.ports.store, id)
    if number != str(invitation.addresses):
        return _page(call, token, "outdated", "")
    return _page(call, token, "asks" if invitation.new_email else "done", invitation.new_email or invitation.email)


def confirm(call: Call, token: str) -> Response:
    """POST: mails go there from now on."""
    try:
        invitation = confirm_address(call.ports, call.open(SPEAKER_ADDRESS, token), call.now)
    except Closed:
        return _page(call, token, "outdated", "", 409)
    return _page(call, token, "done", invitation.email, invitation_id=invitation.id)


def _page(call: Call, token: str, state: str, email: str, status: int = 200, invitation_id: str = "") -> Response:
    links = call.site.links
    url = links.to(INVITATION, invitation_id, call.now) if invitation_id else ""
    return call.linked_page(
        "invitation_address.html", SPEAKER_ADDRESS, token, status, state=state, email=email, invitation_url=url
    )
