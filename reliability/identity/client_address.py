"""Whose request it is, by address: the rightmost one that no trusted proxy vouches away.

A client may write anything into X-Forwarded-For; only what a trusted proxy appended is true.
With no trusted proxies the header is not read at all.
"""

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV6_CLIENT_BITS = 64
"""One customer of an access network usually holds a /64 and could hop within it."""


def parse_networks(values: Sequence[str]) -> tuple[Network, ...]:
    """Return networks from `10.0.0.0/8` or single addresses.

    Raises:
        ValueError: One that is neither, named.
    """
    return tuple(ipaddress.ip_network(value, strict=False) for value in values)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the client's address, an IPv6 one as its /64.

    Args:
        peer: The address of the connection.
        forwarded: The values of every X-Forwarded-For field, in their order.
        trusted: Networks whose proxies append what they saw.

    Returns:
        The peer's, or going back through ``forwarded`` the first address that is not
        trusted; an entry that is no address ends the walk at the last good one.
    """
    nearest = _parse(peer or "")
    if nearest is None:
        return "unknown"
    hops = [hop for value in forwarded for hop in value.split(",")]
    while hops and _is_trusted(nearest, trusted):
        before = _parse(hops.pop())
        if before is None:
            break
        nearest = before
    return _as_client(nearest)


def is_trusted(peer: str | None, trusted: Sequence[Network]) -> bool:
    """Return whether the address of a connection is a trusted proxy's."""
    address = _parse(peer or "")
    return address is not None and _is_trusted(address, trusted)


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == n.version and address in n for n in trusted)


def _parse(value: str) -> Address | None:
    text = value.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def _as_client(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_CLIENT_BITS), strict=False))
