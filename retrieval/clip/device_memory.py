"""How much memory a model's device has left: the GPU's, or this machine's or container's."""

from pathlib import Path

import torch

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
KIB = 1024


def free_bytes(device: str, meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Return the bytes a device can still give, None where nothing says so.

    For a CPU the nearer of what the kernel calls available and what the container may still
    take (cgroup v2; v1 has no file of that name and is judged by the kernel alone).
    """
    if device.startswith("cuda"):
        free, _total = torch.cuda.mem_get_info()
        return int(free)
    known = [amount for amount in (_available(meminfo), _unused(cgroup)) if amount is not None]
    return min(known, default=None)


def _available(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * KIB
    return None


def _unused(cgroup: Path) -> int | None:
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(0, int(limit) - used)
