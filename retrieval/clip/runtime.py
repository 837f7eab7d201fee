"""What torch runs on: the device, and the threads of a model thread."""

import os
import sys
import threading

import torch

MODEL_NICENESS = 5
"""Of threads that compute for milliseconds on end, so that whoever has a moment's work (an event
loop, a proxy) gets a core at once. With nobody in the way they have all of it."""


def default_device() -> str:
    """Return ``cuda`` where torch sees a GPU, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


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
