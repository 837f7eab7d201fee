"""What a machine must offer before anything is installed or started, each looked at in one line.

Only the standard library at the top: `make` runs this file with the system's Python, before there
is an environment (`python3 deployments/preflight/checks.py FOLDER`).
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

OK, WARNING, FAILED = "ok", "warning", "failed"
LEAST_PYTHON = (3, 11)
GIB = 2**30
INSTALL_BYTES = 8 * GIB
"""The locked dependencies, with torch's CUDA libraries and the compiled modules."""
RUN_BYTES = GIB
"""Logs, the index of the demonstration; Ray refuses to work on a full disk."""
LEAST_MEMORY_BYTES, USUAL_MEMORY_BYTES = 3 * GIB, 5 * GIB
MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; ``said`` is one line that says what to do where it failed."""

    name: str
    status: str
    said: str


def before_install(folder: Path) -> Iterator[Check]:
    """Look at what `make` needs before it downloads gigabytes into ``folder``."""
    yield python(sys.version_info[:3])
    yield path(folder)
    yield rights(folder)
    yield disk(folder, INSTALL_BYTES)


def before_start(home: Path, port: int, runs: bool) -> Iterator[Check]:
    """Look at what a service needs to start.

    Args:
        home: Its folder; need not exist yet.
        port: Where it will listen.
        runs: It runs already, and has its port and its memory.
    """
    yield python(sys.version_info[:3])
    yield path(home)
    yield rights(home)
    yield rights(Path("/tmp"))
    yield disk(home, RUN_BYTES)
    if not runs:
        yield free_port(port)
        yield memory()


def python(version: tuple[int, ...]) -> Check:
    """Look at the interpreter's version."""
    shown = ".".join(map(str, version))
    if version[:2] < LEAST_PYTHON:
        least = ".".join(map(str, LEAST_PYTHON))
        said = (
            f"Python {shown} is too old: run it with {least} or newer (make PYTHON=python{least})"
        )
        return Check("python", FAILED, said)
    return Check("python", OK, f"Python {shown}")


def path(folder: Path) -> Check:
    """Look whether every tool below can be told of a path."""
    whole = str(folder)
    if bad := sorted({character for character in whole if not character.isprintable()}):
        return Check("path", FAILED, f"{whole!r} holds {bad[0]!r}: use a folder without it")
    try:
        whole.encode()
    except UnicodeEncodeError:
        return Check("path", FAILED, f"{whole!r} is no UTF-8: use a folder whose name is")
    return Check("path", OK, whole)


def rights(folder: Path) -> Check:
    """Look whether this user may write in a folder, or make it."""
    there = nearest(folder)
    if not there.is_dir():
        return Check("rights", FAILED, f"{there} is no folder: move it, or name another")
    if not os.access(there, os.W_OK | os.X_OK):
        user = f"user {os.getuid()}"
        return Check("rights", FAILED, f"{user} may not write in {there}: own it, or name another")
    return Check("rights", OK, f"{there} can be written")


def disk(folder: Path, least_bytes: int) -> Check:
    """Look at the free space where a folder is or will be."""
    free = shutil.disk_usage(nearest(folder)).free
    if free < least_bytes:
        said = (
            f"{_gib(free)} of disk are free at {folder}, {_gib(least_bytes)} are needed: make room"
        )
        return Check("disk", FAILED, said)
    return Check("disk", OK, f"{_gib(free)} of disk are free")


def free_port(port: int, owner: Callable[[int], str] | None = None) -> Check:
    """Look whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return Check("port", OK, f"port {port} is free")
    by = (owner or listener)(port)
    said = f"port {port} is taken by {by}: stop it, or choose another (`--port`, http_options.port)"
    return Check("port", FAILED, said)


def memory(meminfo: Path = MEMINFO) -> Check:
    """Look at the memory that can be had; where the kernel does not say, it is not looked at."""
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        available = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return Check("memory", WARNING, "how much memory is free cannot be read here")
    if available < LEAST_MEMORY_BYTES:
        least = _gib(LEAST_MEMORY_BYTES)
        said = f"{_gib(available)} of memory are available, {least} are needed: end something"
        return Check("memory", FAILED, said)
    if available < USUAL_MEMORY_BYTES:
        usual = _gib(USUAL_MEMORY_BYTES)
        said = f"{_gib(available)} of memory are available; with less than {usual} it may run out"
        return Check("memory", WARNING, said)
    return Check("memory", OK, f"{_gib(available)} of memory are available")


def listener(port: int) -> str:
    """Return who listens on a port, as far as this user may know."""
    try:
        import psutil

        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and getattr(connection.laddr, "port", None) == port:
                if connection.pid:
                    return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
                break
    except Exception:
        # Whatever stands in the way of knowing: that it is taken is what counts.
        pass
    return "another program"


def nearest(folder: Path) -> Path:
    """Return the folder, or the first above it that exists."""
    there = Path(os.path.abspath(folder))
    while not os.path.lexists(there):
        there = there.parent
    return there


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"


def main() -> None:
    """Look before an installation into the folder named on the command line."""
    failed = [each for each in before_install(Path(sys.argv[1])) if each.status == FAILED]
    sys.exit("\n".join(f"brAInwav: {each.said}" for each in failed) or None)


if __name__ == "__main__":
    main()
