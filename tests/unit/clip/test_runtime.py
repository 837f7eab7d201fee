"""Threads that run forward passes let others go first, and keep the memory of their layers."""

import os
import subprocess
import sys
import threading

import pytest

from retrieval.clip import runtime
from retrieval.clip.runtime import MODEL_NICENESS, yield_to_others

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="niceness is a thread's on Linux")


def niceness_after(monkeypatch, before: int) -> tuple[int, list[int]]:
    """Return a thread's niceness after ``yield_to_others``, and what it was set to."""
    now, was_set = [before], []

    def set_to(_kind: int, _thread: int, niceness: int) -> None:
        was_set.append(niceness)
        now[0] = niceness

    monkeypatch.setattr(runtime.os, "getpriority", lambda _kind, _thread: now[0])
    monkeypatch.setattr(runtime.os, "setpriority", set_to)
    yield_to_others()
    return now[0], was_set


def test_a_thread_yields(monkeypatch) -> None:
    """From wherever an ordinary process is."""
    assert niceness_after(monkeypatch, 0) == (MODEL_NICENESS, [MODEL_NICENESS])


@pytest.mark.parametrize("before", [MODEL_NICENESS, 15])
def test_a_thread_that_yields_already_is_left_alone(monkeypatch, before: int) -> None:
    """Ray runs workers at 15 by default; to go back is forbidden, and would end the thread."""
    assert niceness_after(monkeypatch, before) == (before, [])


def test_only_the_calling_thread_yields() -> None:
    """The event loop beside it keeps its priority."""
    seen: list[int] = []

    def work() -> None:
        yield_to_others()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
    assert seen == [max(before, MODEL_NICENESS)]


LAYERS = """
import resource, sys
import numpy as np
from retrieval.clip.runtime import KEPT_BYTES, keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def layers():
    for _ in range(4):
        blocks = [np.ones(KEPT_BYTES // 4, np.uint8) for _ in range(3)]
        del blocks
layers()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
layers()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
"""A stand-in for a network: each layer allocates three blocks and frees them."""


def cleared_pages(how: str) -> int:
    """Return how many pages the kernel had to clear for what was allocated before already."""
    done = subprocess.run(
        [sys.executable, "-c", LAYERS, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_memory_of_a_layer_is_there_for_the_next() -> None:
    """Where glibc is left alone it goes back to the system each time."""
    assert cleared_pages("kept") < 100 < cleared_pages("as it is")
