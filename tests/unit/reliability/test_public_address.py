"""Public addresses, against the whole of IANA's special-purpose registries."""

import ipaddress

import pytest

from reliability.identity.public_address import is_public

SPECIAL = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.254
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.0 192.0.0.1 192.0.0.8 192.0.0.9
192.0.0.10 192.0.0.170 192.0.0.171 192.0.0.192 192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1
192.88.99.1 192.88.99.2 192.168.1.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7
203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:192.88.99.1
::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::a00:1 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:1::2 2001:1::3 2001:2::1 2001:3::1
2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff::1 2001:db8::1 2002::1 2002:a00:1::1
2620:4f:8000::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1 fc00::1 fdff::1 fe80::1 fe80::1%1
febf::1 fec0::1 feff::1 ff02::1 ff0e::1 2a00::5efe:10.0.0.1 2a00::200:5efe:8.8.8.8
2606:4700::1%1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 126.0.0.1
128.0.0.1 169.253.255.255 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
192.88.98.1 192.88.100.1 192.167.255.255 198.17.255.255 198.20.0.0 203.0.112.1 223.255.255.255
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111
2620:4f:8001::1 2a00:1450::1 3ffe::1 3fff:1000::1 ::ffff:8.8.8.8
"""


@pytest.mark.parametrize("address", SPECIAL.split())
def test_no_special_address_is_public(address: str) -> None:
    """First, last and middle ones of every row, and addresses in disguise."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_neighbours_of_special_networks_are_public(address: str) -> None:
    """A table that is too wide would refuse honest hosts."""
    assert is_public(ipaddress.ip_address(address))
