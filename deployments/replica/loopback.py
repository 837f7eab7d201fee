"""Serve's port between deployments, bound to loopback where the node is on loopback.

Ray binds its own ports to the node's address if that is loopback. Serve has each replica listen
on every interface for the calls of others, whatever the node's address is, and the port unpickles
what it is sent.
"""

from collections.abc import Callable

from ray.serve._private import replica
from ray.util import get_node_ip_address

from deployments.settings.exposure import is_loopback

BINDS = "add_port_to_grpc_server"
"""The name by which Serve's module of replicas calls what binds their port."""
EVERYWHERE = "[::]:0"
HERE = "127.0.0.1:0"
_bind: Callable[[object, str], int] = getattr(replica, BINDS)


def keep_to_loopback() -> None:
    """Have this process' replica listen on loopback; to be called before Serve starts its port.

    Repeating it is harmless. On a node that others must reach nothing changes.
    """
    if is_loopback(get_node_ip_address()):
        setattr(replica, BINDS, _on_loopback)


def _on_loopback(server: object, address: str) -> int:
    return _bind(server, HERE if address == EVERYWHERE else address)
