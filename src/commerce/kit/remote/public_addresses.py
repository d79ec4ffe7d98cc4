"""Addresses of strangers that may be called: public ones, and nothing that leads back into a private network."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

type AnyAddress = IPv4Address | IPv6Address
type AnyNetwork = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""What lies beside it is no host of somebody else, or holds an IPv4 address: mapped, compatible, NAT64."""

_NOT_PUBLIC: tuple[AnyNetwork, ...] = tuple(
    ip_network(text)
    for text in (
        *(
            "192.0.0.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.175.48.0/24",
        ),
        *("2001::/23", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""Of protocols, relays and tunnels, among them Teredo and 6to4: the standard library calls some of them global."""


def is_public(address: AnyAddress, allowed: Sequence[AnyNetwork] = ()) -> bool:
    """Whether a stranger may have it called. ``allowed``: networks that the operator lets be called besides."""
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and (
        address.scope_id is not None or address not in _GLOBAL_UNICAST
    ):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NOT_PUBLIC)
    )


def parse_address(text: str) -> AnyAddress:
    """An address as resolvers give it. Raises ``ValueError``."""
    return ip_address(text)
