"""How long a replica that goes stays open for those who have not heard of it yet.

Serve reads it from the environment when the process starts. A service that ends as a whole needs
none of it: its HAProxy takes no connection any more by then.
"""

from ray.serve._private import replica

PERIOD = "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S"
"""The name by which Serve's module of replicas knows it."""
_serves_own_s: float = getattr(replica, PERIOD)


def stay_open(period_s: float | None) -> None:
    """Have this process' replica stay open so long, in seconds; None for what Serve was told."""
    setattr(replica, PERIOD, _serves_own_s if period_s is None else period_s)
