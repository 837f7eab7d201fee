"""Whose request it is: only what a trusted proxy appended is believed."""

import pytest

from reliability.identity.client_address import client_address, parse_networks

EDGE = parse_networks(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("203.0.113.9", ["1.2.3.4"], (), "203.0.113.9"),
        ("203.0.113.9", ["1.2.3.4"], EDGE, "203.0.113.9"),
        ("127.0.0.1", ["1.2.3.4"], EDGE, "1.2.3.4"),
        ("127.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.5"], EDGE, "1.2.3.4"),
        ("127.0.0.1", ["6.6.6.6", "1.2.3.4"], EDGE, "1.2.3.4"),
        ("127.0.0.1", ["1.2.3.4, <script>"], EDGE, "127.0.0.1"),
        ("127.0.0.1", ["1.2.3.4:5678"], EDGE, "1.2.3.4"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:443"], EDGE, "2001:db8:1:2::/64"),
        ("127.0.0.1", [], EDGE, "127.0.0.1"),
        ("127.0.0.1", ["10.0.0.9"], EDGE, "10.0.0.9"),
        ("::ffff:198.51.100.7", [], (), "198.51.100.7"),
        ("2001:db8::1:0:0:1%eth0", [], (), "2001:db8::/64"),
        (None, ["1.2.3.4"], EDGE, "unknown"),
        ("testclient", [], (), "unknown"),
    ],
)
def test_the_client_is_the_rightmost_untrusted_address(peer, forwarded, trusted, client) -> None:
    """Forged entries stand to the left of what the proxy saw."""
    assert client_address(peer, forwarded, trusted) == client


def test_neighbours_in_one_ipv6_network_are_one_client() -> None:
    """Hopping within a /64 does not multiply a limit."""
    first, second = (client_address(f"2001:db8:0:7::{n}", [], ()) for n in ("1", "beef"))
    assert first == second == "2001:db8:0:7::/64"
    assert client_address("2001:db8:0:8::1", [], ()) != first


def test_a_trusted_network_must_be_one() -> None:
    """A typing error in the settings is named, not ignored."""
    with pytest.raises(ValueError, match=r"10\.0\.0"):
        parse_networks(["10.0.0"])
