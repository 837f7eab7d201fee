"""A process that leaks is stopped by its own bound; the kernel's figures are read right."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deployments.replica import process_memory
from deployments.replica.memory_watch import MIB, MemoryWatch
from deployments.settings.tunables import USER_CONFIGS, MemoryTunables, memory_of
from reliability.memory_bound import PATIENCE_S

PROJECT = Path(__file__).resolve().parents[3]


def run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_a_process_holds_is_what_it_wrote_to() -> None:
    """Neither what it reserved nor what files it mapped."""
    done = run(
        """
        import mmap, os
        from pathlib import Path
        from deployments.replica import process_memory as memory
        me = [os.getpid()]
        before, exact = memory.held_bytes(me), memory.exactly_held_bytes(me)
        reserved = mmap.mmap(-1, 512 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        written = bytearray(os.urandom(1)) * (64 * 2**20)
        print((memory.held_bytes(me) - before) // 2**20)
        print((memory.exactly_held_bytes(me) - exact) // 2**20)
        """
    )
    for line in done.stdout.split():
        assert 60 <= int(line) <= 70, done
    assert len(done.stdout.split()) == 2, done.stderr


def test_children_are_counted_and_a_forks_pages_once() -> None:
    """Quickly counted each for either; exactly, they are divided up."""
    done = run(
        """
        import os, time
        from deployments.replica import process_memory as memory
        kept = bytearray(os.urandom(1)) * (100 * 2**20)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(reading, 1)
            os._exit(0)
        pids = [os.getpid(), *memory.children(os.getpid())]
        assert pids == [os.getpid(), child], pids
        print(memory.held_bytes(pids) > 200 * 2**20)
        print(memory.exactly_held_bytes(pids) < 180 * 2**20)
        os.write(writing, b"x")
        os.wait()
        """
    )
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_one_call_that_asks_for_too_much_fails_by_itself() -> None:
    """While it runs no thread gets to look: the kernel's limit is what stops it."""
    done = run(
        """
        from deployments.replica import process_memory as memory
        memory.limit_growth(256 * 2**20)
        try:
            [0] * (2**30 // 8)
        except MemoryError:
            print("refused")
        memory.unlimit_growth()
        print(len([0] * (2**30 // 8)))
        """
    )
    assert done.stdout.split() == ["refused", str(2**30 // 8)], done.stderr


LEAK = """
import asyncio, os, threading, time
from deployments.replica.memory_watch import MemoryWatch
from deployments.settings.tunables import MemoryTunables
asked = threading.Event()
watch = MemoryWatch(lambda reason: (print(reason, flush=True), asked.set()))
watch.configure(MemoryTunables(max_growth_mib=200))
watch.ready()
kept = []
"""


def test_a_slow_leak_asks_for_a_replacement_and_goes_on() -> None:
    done = run(LEAK + "kept.append(bytearray(b'x') * (220 * 2**20)); print(asked.wait(60))")
    first, second = done.stdout.splitlines()
    assert first.startswith("holds ")
    assert "MiB it may" in first
    assert second == "True"
    assert done.returncode == 0


def test_a_quick_leak_ends_the_process() -> None:
    done = run(LEAK + "while True: kept.append(bytearray(b'x') * 2**20); time.sleep(0.001)")
    assert done.returncode == -signal.SIGKILL


def test_without_a_bound_nothing_is_due() -> None:
    ended: list[str] = []
    watch = MemoryWatch(ended.append, lambda: ended.append("ended"))
    watch.configure(MemoryTunables(max_growth_mib=None))
    watch.look(0.0)
    assert watch.levels is None
    assert ended == []


def test_a_changed_bound_counts_from_the_same_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a setting that changes in place."""
    held = [1000 * MIB]
    monkeypatch.setattr(process_memory, "held_bytes", lambda pids: held[0])
    monkeypatch.setattr(process_memory, "exactly_held_bytes", lambda pids: held[0])
    monkeypatch.setattr(process_memory, "machine_bytes", lambda: 64_000 * MIB)
    monkeypatch.setattr(process_memory, "limit_growth", lambda more: None)
    monkeypatch.setattr("threading.Thread.start", lambda thread: None)
    reasons: list[str] = []
    watch = MemoryWatch(reasons.append, lambda: reasons.append("ended"))
    watch.configure(MemoryTunables(max_growth_mib=100))
    watch.ready()
    held[0] = 1110 * MIB
    watch.look(0.0)
    watch.configure(MemoryTunables(max_growth_mib=200))
    watch.look(PATIENCE_S)
    assert reasons == []
    watch.configure(MemoryTunables(max_growth_mib=64))
    watch.look(2 * PATIENCE_S)
    watch.look(3 * PATIENCE_S)
    assert reasons == ["ended", "ended"]


def test_every_deployment_has_a_bound_by_default() -> None:
    for name in USER_CONFIGS:
        assert memory_of(name).max_growth_mib, name
    assert memory_of("Ingress") == USER_CONFIGS["Ingress"]().memory  # type: ignore[attr-defined]


def test_a_process_that_has_ended_holds_nothing() -> None:
    assert process_memory.held_bytes([os.getpid()]) > 0
    # Linux gives no process a number above 2 to the 22.
    assert process_memory.held_bytes([2**22 + 1]) == 0
