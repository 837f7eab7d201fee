"""Large blocks of memory go back to the system as soon as they are freed.

glibc gives large blocks pages of their own, but each one that is freed raises what counts as large,
up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD). After a few bodies of some MiB their memory comes from
the heap, where a small object above them keeps it from going back.
"""

import ctypes

LARGE_BYTES = 512 * 1024
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def return_large_blocks() -> bool:
    """Fix what counts as large for this process; False where the C library knows no such thing.

    Not for processes that compute: fresh pages for each block cost a model more than they save.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and mallopt(_M_TRIM_THRESHOLD, LARGE_BYTES))
