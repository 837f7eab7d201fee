"""How long a request may still take: set once at the door, honoured by every call below it.

It travels in a context variable within a process, and as seconds left between processes,
whose clocks differ.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_s: ContextVar[float | None] = ContextVar("deadline_ends_s", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give everything inside at most ``seconds``; an outer, earlier deadline stays."""
    ends_s = time.monotonic() + seconds
    outer_s = _ends_s.get()
    token = _ends_s.set(ends_s if outer_s is None else min(outer_s, ends_s))
    try:
        yield
    finally:
        _ends_s.reset(token)


def left_s(most_s: float) -> float:
    """Return the seconds a call may take: ``most_s``, or what the request has left."""
    ends_s = _ends_s.get()
    return most_s if ends_s is None else max(0.0, min(most_s, ends_s - time.monotonic()))
