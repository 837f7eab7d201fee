"""The processes of one cluster, found by the mark in their environment and by nothing else."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from deployments.local.environment import MARK

POLL_S = 0.1


def marked(instance: str) -> list[int]:
    """Return the ids of running processes that inherited this instance's mark."""
    return with_variable(MARK, instance)


def family(instance: str) -> list[int]:
    """Return the marked processes and all that they started.

    Some overwrite their environment with a title, and cannot be known by the mark.
    """
    found = set(marked(instance))
    parents = {pid: _parent(pid) for pid in _all_pids()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def with_variable(name: str, value: str) -> list[int]:
    """Return the ids of other running processes that were started with a variable set so."""
    needle = f"{name}={value}".encode()
    own = os.getpid()
    return [pid for pid in _all_pids() if pid != own and needle in _environment(pid)]


def kill(pids: Iterable[int]) -> None:
    """End processes at once, as a power cut would."""
    _signal(pids, signal.SIGKILL)


def stop(instance: str, grace_s: float) -> int:
    """End an instance's processes: politely, then after ``grace_s`` by force.

    Returns:
        How many there were.
    """
    pids = marked(instance)
    _signal(pids, signal.SIGTERM)
    deadline_s = time.monotonic() + grace_s
    while marked(instance) and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
    # A dying supervisor may still have started something: repeat until none is left.
    while rest := marked(instance):
        _signal(rest, signal.SIGKILL)
        time.sleep(POLL_S)
    return len(pids)


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        # The name in brackets before it may hold anything.
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, ValueError):
        return None


def _environment(pid: int) -> set[bytes]:
    try:
        # A zombie's environment reads as empty: it has ended already.
        return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
