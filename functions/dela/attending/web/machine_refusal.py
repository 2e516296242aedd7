"""What tells a machine from a person at the sign-up form; a person always gets through."""

from datetime import timedelta

from dela.errors import Expired, Invalid, NotFound
from dela.mailing.unproven import Origin
from dela.settings import Settings
from dela.store.identity import client_id
from dela.web.call import Call, client_address
from dela.web.client_limit import SIGN_UPS_OF_A_NETWORK, ClientLimit
from dela.web.networks import client_and_network

FASTEST_HUMAN = timedelta(seconds=2)
HONEYPOT = "website"


def seconds_to_wait(call: Call) -> int:
    """0, or for how long this client has to wait because it, or its network, sends more than any people could."""
    origin = origin_of(call)
    of_client = call.ports.once(_client_limit).seconds_to_wait(origin.client, call.now)
    return of_client or call.ports.once(_network_limit).seconds_to_wait(origin.network, call.now)


def origin_of(call: Call) -> Origin:
    """Which client sends this, and from which network, without saying who that is."""
    settings = call.ports.settings
    client, network = client_and_network(client_address(call.request, settings.proxies))
    return Origin(client_id(settings.identity_key, client), client_id(settings.identity_key, network))


def refuse_machines(call: Call) -> None:
    """Raise Invalid for a form that no hand filled in: too fast, with a stamp that is not ours, or in a hidden field.

    A person meets this too, with an old page or a program that fills in whatever it finds: the form comes back with
    all that was typed, a fresh stamp and the hidden field empty, so that one more press is enough.
    """
    if call.request.form.get(HONEYPOT):
        raise Invalid({"form": "too_fast"})
    stamp = call.request.form.get("stamp")
    if stamp is None:
        return
    try:
        age = call.site.links.stamp_age(stamp, call.now)
    except (NotFound, Expired):
        raise Invalid({"form": "stale"}) from None
    if age < FASTEST_HUMAN:
        raise Invalid({"form": "too_fast"})


def _client_limit(settings: Settings) -> ClientLimit:
    return ClientLimit()


def _network_limit(settings: Settings) -> ClientLimit:
    return ClientLimit(SIGN_UPS_OF_A_NETWORK)
