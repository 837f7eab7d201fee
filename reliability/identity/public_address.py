"""Which addresses are the open internet's: neither private, nor special, nor another in disguise.

The tables are the whole of IANA's special-purpose registries (IPv4: RFC 6890 and what was added
until 2026; IPv6 likewise). What the registries call globally reachable but no picture ever lies
on (anycast services, AS112, relays) is no public host either. Of IPv6 only 2000::/3 is given out
as global unicast, so everything outside of it is refused without being named: loopback, ``::``,
IPv4-mapped and IPv4-compatible addresses, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), 100::/64,
100:0:0:1::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8.
"""

import ipaddress

from reliability.identity.client_address import Address

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

SPECIAL_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local; clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocols: DS-Lite, PCP, TURN, NAT64 discovery, dummies
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112, direct delegation
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
SPECIAL_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocols: Teredo, benchmarks, AMT, AS112, ORCHID, drone ids
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside
            "2620:4f:8000::/48",  # AS112, direct delegation
            "3fff::/20",  # documentation
        ),
    )
)
"""Within 2000::/3."""
ISATAP = (0x00005EFE, 0x02005EFE)
"""Bits 64 to 95 of an IPv6 address that ends in an IPv4 one (RFC 5214)."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet's, and no other wrapped in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in SPECIAL_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address not in GLOBAL_UNICAST or address.scope_id is not None:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
        return False
    return not any(address in network for network in SPECIAL_V6)
