"""A replica's own port keeps to loopback where its node does."""

import inspect

import pytest
from ray.serve._private import replica

from deployments.replica import loopback


@pytest.mark.parametrize(
    ("node", "bound"), [("127.0.0.1", loopback.HERE), ("192.0.2.2", loopback.EVERYWHERE)]
)
def test_the_port_is_bound_where_the_node_is(
    node: str, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On several machines others must reach it."""
    addresses: list[str] = []
    monkeypatch.setattr(loopback, "get_node_ip_address", lambda: node)
    monkeypatch.setattr(loopback, "_bind", lambda server, address: addresses.append(address) or 7)
    monkeypatch.setattr(replica, loopback.BINDS, loopback._bind)
    loopback.keep_to_loopback()
    assert getattr(replica, loopback.BINDS)(None, loopback.EVERYWHERE) == 7
    assert addresses == [bound]


def test_serve_still_binds_its_port_by_that_name() -> None:
    """A Serve that has changed must not silently listen everywhere again."""
    source = inspect.getsource(replica.Replica)
    assert f'{loopback.BINDS}(self._server, "{loopback.EVERYWHERE}")' in source
