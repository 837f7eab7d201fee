"""A replica's own bound of memory, kept by a thread: the one that leaks goes, and nobody else.

Ray's monitor counts the whole machine and kills workers, Serve's controller among them, because
other programs have filled it. Here each replica looks at what it holds itself
(docs/decisions/0030-memory-of-ones-own.md).
"""

import os
import signal
import threading
import time
from collections.abc import Callable

from deployments.replica import process_memory
from deployments.settings.tunables import MemoryTunables
from reliability.memory_bound import Levels, MemoryAction, MemoryBound, levels
from telemetry.logs import get_logger

LOOK_S = 0.5
CHILDREN_S = 30.0
"""So often a replica looks for processes that it has started."""
SPARE_BYTES = 4 * 1024**3
"""Address space for threads and for what allocators reserve, beyond what may be held."""
MIB = 1024 * 1024
log = get_logger()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MemoryWatch:
    """Looks at what this process and its children hold.

    Args:
        replace: Asks for a replacement, with the reason; called on the watch's thread.
        end: Ends this process at once.
    """

    def __init__(self, replace: Callable[[str], None], end: Callable[[], None] = _end) -> None:
        self._replace = replace
        self._end = end
        self._tunables: MemoryTunables | None = None
        self._start_bytes: int | None = None
        self._bound: MemoryBound | None = None
        self._pids: list[int] = [os.getpid()]
        self._looked_for_children_s = 0.0
        self._lock = threading.Lock()

    @property
    def levels(self) -> Levels | None:
        """The bounds in force; None before the replica was ready, and where there is none."""
        return None if self._bound is None else self._bound.levels

    def held_bytes(self) -> int:
        """Return what this process and its children hold, now."""
        return process_memory.held_bytes(self._pids)

    def configure(self, tunables: MemoryTunables) -> None:
        """Change the bound; what it counts from stays."""
        self._tunables = tunables
        if self._start_bytes is not None:
            self._apply(self._start_bytes)

    def ready(self) -> None:
        """Count from what is held now, and begin to look; repeating it is harmless."""
        with self._lock:
            if self._start_bytes is not None:
                return
            self._find_children()
            self._start_bytes = self.held_bytes()
        self._apply(self._start_bytes)
        threading.Thread(target=self._look_forever, name="memory-watch", daemon=True).start()

    def look(self, now_s: float) -> None:
        """Look once, and do what is due."""
        bound = self._bound
        if bound is None:
            return
        if now_s - self._looked_for_children_s >= CHILDREN_S:
            self._find_children(now_s)
        held = self.held_bytes()
        if held > bound.levels.replace:
            held = process_memory.exactly_held_bytes(self._pids)
        due = bound.look(held, now_s)
        if due is MemoryAction.TRIM:
            process_memory.give_back()
        elif due is MemoryAction.REPLACE:
            self._replace(f"holds {_mib(held)}, more than the {_mib(bound.levels.replace)} it may")
        elif due is MemoryAction.END:
            over = {"held_bytes": held, "max_bytes": bound.levels.end}
            log.error("memory.over_bound", action="ended", **over)
            self._end()

    def _apply(self, start_bytes: int) -> None:
        growth_mib = self._tunables.max_growth_mib if self._tunables else None
        if growth_mib is None:
            self._bound = None
            process_memory.unlimit_growth()
            return
        found = levels(start_bytes, growth_mib * MIB, process_memory.machine_bytes())
        self._bound = MemoryBound(found)
        process_memory.limit_growth(max(0, found.end - self.held_bytes()) + SPARE_BYTES)
        log.info("memory.bound", start_bytes=start_bytes, max_bytes=found.replace)

    def _look_forever(self) -> None:
        while True:
            time.sleep(LOOK_S)
            try:
                self.look(time.monotonic())
            # A look that failed, for want of memory perhaps: the next one is near.
            except Exception as error:
                log.warning("memory.not_looked", error=type(error).__name__)

    def _find_children(self, now_s: float | None = None) -> None:
        self._pids = [os.getpid(), *process_memory.children(os.getpid())]
        self._looked_for_children_s = time.monotonic() if now_s is None else now_s


def _mib(count: int) -> str:
    return f"{count / MIB:,.0f} MiB"
