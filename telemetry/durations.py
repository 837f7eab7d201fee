"""A word when something took longer than it should."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from telemetry.logs import get_logger

CountSlow = Callable[[str], None]


@contextmanager
def log_duration(
    operation: str, slow_s: float, count: CountSlow = lambda operation: None, **fields: Any
) -> Iterator[None]:
    """Warn and count when what is inside took longer than ``slow_s``, however it ended."""
    start_s = time.perf_counter()
    try:
        yield
    finally:
        took_s = time.perf_counter() - start_s
        if took_s > slow_s:
            count(operation)
            get_logger().warning(
                "slow",
                operation=operation,
                took_ms=round(took_s * 1000, 1),
                slow_ms=round(slow_s * 1000, 1),
                **fields,
            )
