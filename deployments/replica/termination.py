"""SIGTERM to a replica: a wish to be replaced, instead of an exit in mid-request.

Only the main thread may install signal handlers, and a Ray worker's main thread belongs to Ray:
it sits in C++ and looks at signals every ten seconds or so. Ray's handler then exits, whatever
is in flight. What any thread may do is give a function that is somebody's handler another body;
here it is one that tells the replica's event loop.
"""

import asyncio
import signal
from collections.abc import Callable
from types import FunctionType
from typing import Any

OnTermination = Callable[[], None]
SIGTERM = "was told to end (SIGTERM)"


class Termination:
    """Calls listeners on the event loop, once, when the process is asked to end."""

    def __init__(self) -> None:
        self.asked = False
        self.reason = ""
        self._listeners: list[OnTermination] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, listener: OnTermination) -> None:
        """Have something done when the process is asked to end."""
        self._listeners.append(listener)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear SIGTERM on ``loop`` from now on; one watcher a process."""
        global _watching
        self._loop, _watching = loop, self
        handler = signal.getsignal(signal.SIGTERM)
        # A closure has cells that the other body lacks; Ray's handler is none.
        if isinstance(handler, FunctionType) and not handler.__code__.co_freevars:
            handler.__code__ = _told.__code__

    def ask(self, reason: str = SIGTERM) -> None:
        """End as if SIGTERM had come; harmless when repeated, the first reason stays."""
        if self.asked:
            return
        self.asked, self.reason = True, reason
        for listener in self._listeners:
            listener()

    def heard(self, reason: str = SIGTERM) -> None:
        """Pass a signal on to the loop; called on another thread than the loop's."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.ask, reason)


_watching: Termination | None = None


def watching() -> Termination | None:
    """Return this process' watcher."""
    return _watching


def _told(_number: int, _frame: Any) -> None:
    # Runs as another module's function: it sees that module's names, so it imports its own.
    from deployments.replica.termination import watching

    watcher = watching()
    if watcher is not None:
        watcher.heard()
