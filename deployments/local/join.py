"""`ray start` for a further node on loopback, which Ray itself only allows a head to be.

Its own command either puts the machine's address in the place of 127.0.0.1, where a head on
loopback does not listen, or says that a platform without clusters has no second node. Run as a
script, with the arguments of `ray`.
"""

import os

from deployments.local.environment import LOOPBACK


def main() -> None:
    """Start the node; every process that it starts keeps to loopback like the head's."""
    (name,) = LOOPBACK
    os.environ[name] = "1"
    from ray._private import services
    from ray.scripts.scripts import main as ray

    os.environ.update(LOOPBACK)
    services.resolve_ip_for_localhost = lambda host: host
    ray()


if __name__ == "__main__":
    main()
