"""Free ports for one cluster, and none that another cluster of this user has chosen already.

Ray binds its ports seconds after they were chosen, HAProxy and the replicas later still. Until
then a note in each cluster's run folder says what is taken.
"""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from deployments.local.environment import Ports

PREFERRED = Ports(
    gcs=6379,
    dashboard=8265,
    dashboard_agent=52365,
    ray_client=20001,
    haproxy_stats=8404,
    haproxy_metrics=9101,
    fallback_http=8500,
    fallback_grpc=9500,
    ingress=30000,
)
"""Ray's usual ports; each gives way to a free one where it is taken."""

NOTE = "ports.json"
STARTING_S = 120.0
"""So long a note counts though no process of its cluster runs yet."""


class NoFreePort(RuntimeError):
    """None of the candidates in place of a port is free."""


def reserve(run: Path, instance: str, lives: Callable[[str], bool], now_s: float) -> Ports:
    """Choose ports for the cluster of folder ``run`` and note them there.

    Args:
        run: The cluster's own folder; those of others lie beside it.
        instance: The cluster's mark.
        lives: Whether processes of an instance run.
        now_s: Seconds since the epoch.

    Raises:
        NoFreePort: A port and all its alternatives are taken.
    """
    with _alone(run.parent):
        ports = _free(_noted_by_others(run, lives, now_s))
        (run / NOTE).write_text(json.dumps({"instance": instance, "ports": asdict(ports)}))
    return ports


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = os.open(folder / f"bw-{os.getuid()}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _noted_by_others(run: Path, lives: Callable[[str], bool], now_s: float) -> set[int]:
    taken: set[int] = set()
    for path in run.parent.glob(f"bw-*/{NOTE}"):
        if path.parent == run:
            continue
        try:
            note, age_s = json.loads(path.read_text()), now_s - path.stat().st_mtime
            if age_s < STARTING_S or lives(note["instance"]):
                taken.update(note["ports"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Another user's, or torn: what it holds shows when its ports are bound.
            continue
    return taken


def _free(taken: set[int]) -> Ports:
    with contextlib.ExitStack() as held:
        # All stay bound until the last is found, so that no two are the same.
        found = {name: _bound(port, taken, held) for name, port in asdict(PREFERRED).items()}
    return Ports(**found)


def _bound(preferred: int, taken: set[int], held: contextlib.ExitStack) -> int:
    # Fallbacks lie outside the ranges Ray hands out itself.
    for port in (preferred, *range(21000 + preferred % 1000, 29000, 1000)):
        if port in taken:
            continue
        probe = held.enter_context(socket.socket())
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # On every interface, as Ray will: a port taken on one of them is taken.
            probe.bind(("", port))
        except OSError:
            continue
        return port
    raise NoFreePort(f"no free port in place of {preferred}")
