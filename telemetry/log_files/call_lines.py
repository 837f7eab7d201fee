"""One line for each call between deployments that belongs to a request: where it went, how long.

Calls are many times as many as requests. So lines of calls are rendered by themselves, and written
many at once: ten microseconds instead of a hundred. All that they hold is ours or was checked at
the door, and nothing has to be cut out.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock

import orjson

from telemetry.context import CallContext
from telemetry.trace_context import trace_id

MOST = 256


class CallLines:
    """Gathers lines of calls until somebody has them written.

    Args:
        write: Takes whole lines.
        always: Fields of every line of this replica.
        most: So many are written at once, whoever asked.
    """

    def __init__(
        self, write: Callable[[bytes], None], always: Mapping[str, str], most: int = MOST
    ) -> None:
        self._write, self._always, self._most = write, always, most
        self._waiting: list[bytes] = []
        # Other lines come from any thread.
        self._lock = Lock()

    def add(
        self,
        context: CallContext,
        method: str,
        outcome: str,
        took_s: float,
        now: datetime | None = None,
    ) -> None:
        """Gather a call's line.

        Args:
            context: Whose request it belongs to.
            outcome: As `brainwav_component_calls_total` counts it.
            now: When it ended; None: now.
        """
        event = {
            **self._always,
            "event": "call",
            "method": method,
            "outcome": outcome,
            "took_ms": round(took_s * 1000, 3),
            "route": context.endpoint,
            "request_id": context.request_id,
            "trace_id": trace_id(context.traceparent),
            "level": "info",
            "timestamp": now or datetime.now(UTC),
        }
        line = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        with self._lock:
            self._waiting.append(line)
            full = len(self._waiting) >= self._most
        if full:
            self.flush()

    def flush(self, then: bytes = b"") -> None:
        """Write what was gathered, and another line behind it: files are in the order of time."""
        with self._lock:
            lines, self._waiting = self._waiting, []
        if whole := b"".join([*lines, then]):
            self._write(whole)
