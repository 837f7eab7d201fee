"""Waiting for what another process brings about."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

ASK_AGAIN_S = 0.1
"""Whoever is waited for needs the core more than the question does."""
DEADLINE_S = 600.0


def until(is_so: Callable[[], Any], what: str = "what was waited for") -> None:
    """Ask again and again until it is so; the deadline is for what never comes.

    Not to be reached is an answer too: no.
    """
    deadline_s, pause = time.monotonic() + DEADLINE_S, threading.Event()
    while True:
        try:
            if is_so():
                return
        except (OSError, httpx.TransportError):
            pass
        assert time.monotonic() < deadline_s, f"never: {what}"
        pause.wait(ASK_AGAIN_S)
