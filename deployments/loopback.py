"""Serve's port between deployments, bound to loopback where the node is on loopback.

Ray binds its own ports to the node's address if that is loopback. Serve has each replica listen
on every interface for the calls of others, whatever the node's address is, and the port unpickles
what it is sent.
"""

from ray._common.network_utils import is_localhost
from ray.serve._private import replica
from ray.util import get_node_ip_address

EVERYWHERE = "[::]:0"
HERE = "127.0.0.1:0"
_bind = replica.add_port_to_grpc_server


def keep_to_loopback() -> None:
    """Have this process' replica listen on loopback; to be called before Serve starts its port.

    Repeating it is harmless. On a node that others must reach nothing changes.
    """
    if is_localhost(get_node_ip_address()):
        replica.add_port_to_grpc_server = _on_loopback


def _on_loopback(server: object, address: str) -> int:
    return _bind(server, HERE if address == EVERYWHERE else address)
