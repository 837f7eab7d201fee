"""How busy the whole node is, by the operating system's own account."""

import os

import psutil


def busy_cpu_s() -> float:
    """Return CPU seconds used by everything on this node since it started."""
    times = psutil.cpu_times()
    # Guest time is within user time, and waiting for a disk keeps no core busy.
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    # Stolen time was used by other machines.
    return sum(times) - idle - guest - getattr(times, "steal", 0.0)


def core_count() -> int:
    """Return the node's logical cores."""
    return psutil.cpu_count() or os.cpu_count() or 1


def allowed_cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return core_count()
