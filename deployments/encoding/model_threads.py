"""How many cores a replica's encoder works on: those of its share, or all that there are."""

import math
import os
from pathlib import Path
from typing import Literal

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
Threads = int | Literal["share", "all"]


def threads_of(wanted: Threads, num_cpus: float) -> int:
    """Return the threads of a replica.

    Args:
        wanted: ``args.model.threads``.
        num_cpus: Its share, as Ray was told.
    """
    if wanted == "all":
        return usable_cores()
    return max(1, min(math.ceil(num_cpus) if wanted == "share" else wanted, usable_cores()))


def usable_cores(quota: Path = CPU_QUOTA) -> int:
    """Return the cores that this process may use, by its affinity and its container (cgroup v2)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        limit, period = quota.read_text().split()
        return max(1, min(cores or 1, math.ceil(int(limit) / int(period))))
    except (OSError, ValueError):
        # No such file, or "max": only the affinity says anything.
        return cores or 1
