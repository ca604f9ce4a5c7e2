"""Which network addresses a webhook may go to.

A tenant chooses the URL of a webhook, so the server that posts to it must not be talked into
reaching the machines beside it: loopback, private networks, the metadata service of a cloud. The
name is resolved once, every address is judged here, and the connection is made to the judged
address itself, so that a name that changes its answer between the two looks gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "fc00::/7",
        "fec0::/10",
        "::1/128",
    )
)
# Metadata services inside private networks, and what not every Python counts as special.
_SHUT = tuple(
    ipaddress.ip_network(text)
    for text in ("fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.0/24", "64:ff9b:1::/48")
)


def unwrap(address: Address) -> Address:
    """The IPv4 address inside a mapped, NAT64 or 6to4 IPv6 address; other addresses unchanged."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.sixtofour is not None:
            return address.sixtofour
    return address


def may_reach(text: str, *, allow_private: bool = False) -> bool:
    """Whether a webhook may be sent to this IP address.

    `allow_private` opens loopback and private networks. Link-local addresses (169.254.169.254 is
    the metadata service of the large clouds), other addresses of such services, multicast,
    unspecified and reserved ones stay shut.
    """
    try:
        address = unwrap(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    if _inside(address, _SHUT):
        return False
    if _inside(address, _PRIVATE):
        return allow_private
    return address.is_global and not address.is_reserved


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def reachable(texts: Iterable[str], *, allow_private: bool = False) -> list[str]:
    """The permitted ones among resolved addresses, in their order and without repeats."""
    return [t for t in dict.fromkeys(texts) if may_reach(t, allow_private=allow_private)]
