"""Memory of this machine's processes as the kernel counts it.

A process holds what is its own: anonymous memory, swapped or not. Files that it has mapped and
memory that Ray shares between processes are nobody's alone and go when they are needed elsewhere.
"""

import ctypes
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

KIB = 1024
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
GPU_DEVICES = "/dev/nvidia"


def held_bytes(pids: Iterable[int | str]) -> int:
    """Return what processes hold, each page of a fork's counted for either: quick, never less."""
    return sum(_status(pid, "RssAnon:", "VmSwap:") for pid in pids)


def exactly_held_bytes(pids: Iterable[int | str]) -> int:
    """Return the same with shared pages divided up; walks all pages, milliseconds a GiB."""
    return sum(_rollup(pid) for pid in pids)


def machine_bytes() -> int:
    """Return the memory of this machine, or of the container where that has less."""
    total = psutil.virtual_memory().total
    for file in CGROUP_LIMITS:
        with suppress(OSError, ValueError):
            total = min(total, int(file.read_text()))
    return total


def children(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs; looks at every process there is."""
    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def give_back() -> None:
    """Have allocators return what they keep for later."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def limit_growth(more_bytes: int) -> int | None:
    """Have allocations fail once this process has asked for so much more; return the limit.

    A library that allocates gigabytes in one call lets no other thread look meanwhile; this
    the kernel does by itself. None where a GPU is in use, whose driver reserves far more
    than there is.
    """
    if GPU_DEVICES in Path("/proc/self/maps").read_text():
        return None
    limit = _status("self", "VmData:") + more_bytes
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    return limit


def unlimit_growth() -> None:
    """Take the limit away again."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _status(pid: int | str, *names: str) -> int:
    found = 0
    # One that has ended holds nothing.
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(names):
                found += int(line.split()[1]) * KIB
    return found


def _rollup(pid: int | str) -> int:
    found = 0
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Pss_Anon:", "SwapPss:")):
                found += int(line.split()[1]) * KIB
    return found
