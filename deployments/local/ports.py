"""Free ports for one cluster, and none that another cluster of this user has chosen already.

Ray binds its ports seconds after they were chosen, HAProxy and the replicas later still. Until
then a note in each cluster's run folder says what is taken.
"""

import contextlib
import fcntl
import json
import os
import socket
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deployments import private
from deployments.local.environment import INGRESS_RANGE, NODES_RANGE, Ports

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
    metrics_export=9201,
    dashboard_metrics=44227,
)
"""Ray's usual ports; each gives way to a free one where it is taken."""

RANGE = INGRESS_RANGE + NODES_RANGE
"""Ports that one cluster takes from ``ingress`` on."""
SINGLES = range(21000, 24000)
RANGES = (*range(30000, 32768 - RANGE, RANGE), *range(24000, 30000 - RANGE, RANGE))
"""Where ports and ranges of ports lie that give way: apart from each other, from what Ray hands
to its workers (10002 to 19999) and from what the kernel hands to clients (from 32768)."""

NOTE = "ports.json"
MOST_NOTE_BYTES = 64 * 1024
STARTING_S = 120.0
"""So long a note counts though no process of its cluster runs yet."""


class NoFreePort(RuntimeError):
    """None of the candidates in place of a port is free."""


def reserve(
    run: Path, instance: str, lives: Callable[[str], bool], now_s: float, http_port: int = 8000
) -> Ports:
    """Choose ports for the cluster of folder ``run`` and note them there.

    Args:
        run: The cluster's own folder; those of others lie beside it.
        instance: The cluster's mark.
        lives: Whether processes of an instance run.
        now_s: Seconds since the epoch.
        http_port: Where the service itself will listen.

    Raises:
        NoFreePort: A port and all its alternatives are taken.
        NotPrivate: Somebody else put something at the place of the lock.
    """
    with _alone(run.parent):
        ports = _free(_noted_by_others(run, lives, now_s) | {http_port})
        note = {"instance": instance, "ports": asdict(ports), "http": http_port}
        private.write(run / NOTE, json.dumps(note))
    return ports


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = private.opened(folder / f"bw-{os.getuid()}.lock", os.O_RDWR)
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
            note, changed_s = _read(path)
            if now_s - changed_s < STARTING_S or lives(note["instance"]):
                taken |= _ports_of(note)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Another user's, or torn: what it holds shows when its ports are bound.
            continue
    return taken


def _read(path: Path) -> tuple[Mapping[str, Any], float]:
    """Return a note of our own and when it was written; a pipe or a link is none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.getuid() or not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path} is no note of ours")
        return json.loads(file.read(MOST_NOTE_BYTES)), found.st_mtime


def _ports_of(note: Mapping[str, Any]) -> set[int]:
    ports: Mapping[str, int] = note["ports"]
    # Notes of older versions hold no port of HTTP.
    single = {*ports.values(), *([note["http"]] if "http" in note else [])}
    return single | set(range(ports["ingress"], ports["ingress"] + RANGE))


def _free(taken: set[int]) -> Ports:
    chosen: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        # All stay bound until the last is found, so that nobody else takes one meanwhile.
        for name, preferred in asdict(PREFERRED).items():
            if name == "ingress":
                candidates, size = (preferred, *RANGES), RANGE
            else:
                candidates, size = (preferred, *_alternatives(preferred)), 1
            chosen[name] = _bound(candidates, size, taken, held)
            taken = taken | set(range(chosen[name], chosen[name] + size))
    return Ports(**chosen)


def _alternatives(preferred: int) -> Iterator[int]:
    """Yield ports that are easily recognised as the preferred one's first, then all others."""
    yield from range(SINGLES.start + preferred % 1000, SINGLES.stop, 1000)
    yield from SINGLES


def _bound(
    candidates: Iterable[int], size: int, taken: set[int], held: contextlib.ExitStack
) -> int:
    for port in candidates:
        # Of a range the first is bound: Serve passes over the others where they are not free.
        if taken.isdisjoint(range(port, port + size)) and _binds(port, held):
            return port
    raise NoFreePort(f"no free port in place of {next(iter(candidates))}")


def _binds(port: int, held: contextlib.ExitStack) -> bool:
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # On every interface: a port taken on one of them is taken.
        probe.bind(("", port))
    except OSError:
        return False
    return True
