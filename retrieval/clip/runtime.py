"""What torch runs on: the device, and the threads of a model thread."""

import torch


def default_device() -> str:
    """Return ``cuda`` where torch sees a GPU, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def set_threads(threads: int) -> None:
    """Size the calling thread's parallel regions; each thread has a setting of its own."""
    torch.set_num_threads(threads)
