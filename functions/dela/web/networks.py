"""Who counts as one on the network: what one customer is given, and the wider network that it lies in."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

OF_A_CLIENT = {4: 32, 6: 64}
"""Whoever has an IPv6 network has the 2**64 addresses of a /64."""
OF_A_NETWORK = {4: 24, 6: 48}
"""What a site is given, or a neighbourhood of a provider: many strangers, or one with many addresses."""


def client_and_network(address: str) -> tuple[str, str]:
    """What a network address counts as: one client, and one wider network. Whatever is no address is both."""
    found = _parsed(address)
    if found is None:
        return address, address
    return _within(found, OF_A_CLIENT), _within(found, OF_A_NETWORK)


def _within(address: IPv4Address | IPv6Address, lengths: dict[int, int]) -> str:
    return str(ip_network((int(address).to_bytes(address.max_prefixlen // 8), lengths[address.version]), strict=False))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address, also as some proxies write it: in brackets, with a port, or IPv4 in the clothes of IPv6."""
    bare = address.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
