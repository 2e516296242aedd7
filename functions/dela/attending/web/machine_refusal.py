"""What tells a machine from a person at the sign-up form; a person always gets through."""

from dela.errors import Expired, Invalid, NotFound
from dela.settings import Settings
from dela.store.identity import client_id
from dela.web.call import Call, client_address
from dela.web.client_limit import ClientLimit

HIDDEN = "note_2"
"""A field that people do not see: a name that says nothing to programs that fill in names, addresses and passwords."""


def seconds_to_wait(call: Call) -> int:
    """0, or for how long this client has to wait because it sends more than any room of people could."""
    settings = call.ports.settings
    client = client_id(settings.identity_key, client_address(call.request, settings.proxies))
    return call.ports.once(_limit).seconds_to_wait(client, call.now)


def refuse_machines(call: Call) -> None:
    """Raise Invalid for a form that no hand filled in: with a stamp that is not ours, or in a hidden field.

    Speed alone is no sign of a machine: browsers fill in names and addresses. A person meets this too, with an old page
    or a program that fills in whatever it finds: the form comes back with all that was typed, a fresh stamp and the
    hidden field empty, so that one more press is enough.
    """
    if call.request.form.get(HIDDEN):
        raise Invalid({"form": "filled"})
    stamp = call.request.form.get("stamp")
    if stamp is None:
        return
    try:
        call.site.links.stamp_age(stamp, call.now)
    except (NotFound, Expired):
        raise Invalid({"form": "stale"}) from None


def _limit(settings: Settings) -> ClientLimit:
    return ClientLimit()
