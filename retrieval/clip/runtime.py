"""What torch runs on: the device, the threads of a model thread, and memory that is kept."""

import ctypes
import os
import sys
import threading

import torch

MODEL_NICENESS = 5
"""Of threads that compute for milliseconds on end, so that whoever has a moment's work (an event
loop, a proxy) gets a core at once. With nobody in the way they have all of it."""
KEPT_BYTES = 32 << 20
"""Of a thread, all in all; glibc takes no larger block from what it keeps (mallopt(3))."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def default_device() -> str:
    """Return ``cuda`` where torch sees a GPU, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def keep_freed_memory() -> bool:
    """Keep freed blocks for the next layer; False where the C library knows no such thing.

    A forward pass allocates and frees tens of MiB. Where they go back to the system each time,
    the kernel clears their pages anew: a fifth of what a photograph costs. A process keeps 32 MiB
    a thread at most, and gives them back where memory is short.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    thresholds = (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD)
    return all(mallopt(threshold, KEPT_BYTES) for threshold in thresholds)


def set_threads(threads: int) -> None:
    """Size the calling thread's parallel regions; each thread has a setting of its own."""
    torch.set_num_threads(threads)


def yield_to_others() -> None:
    """Lower the calling thread's priority, where threads have one of their own (Linux)."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # Never higher than it is: where Ray runs its workers nicer, only root may do that.
        if os.getpriority(os.PRIO_PROCESS, thread) < MODEL_NICENESS:
            os.setpriority(os.PRIO_PROCESS, thread, MODEL_NICENESS)


def model_thread() -> None:
    """Make the calling thread one that runs forward passes: on one core, and yielding."""
    set_threads(1)
    yield_to_others()
