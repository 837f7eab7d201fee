"""Small pictures that were made before: within bounds of bytes and time, each client's own."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_BYTES = 16 * 1024 * 1024
UNUSED_S = 600.0
"""One that was not asked for so long is let go of: its document may be deleted."""


class ThumbnailCache:
    """The last used ones; one event loop's.

    Shared ones would tell by the time an answer takes what somebody else has looked at.
    """

    def __init__(
        self, most_bytes: int = MOST_BYTES, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.held_bytes = 0
        self._most_bytes = most_bytes
        self._clock_s = clock_s
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    @staticmethod
    def key(client: str, digest: str, width_px: int) -> bytes:
        """Return an entry's key."""
        named = f"{width_px}\0{digest}\0{client}"
        return hashlib.blake2b(named.encode(), digest_size=20).digest()

    def get(self, key: bytes) -> bytes | None:
        """Return a small picture, None where it is not kept."""
        self._forget_unused()
        if key not in self._entries:
            return None
        data = self._entries[key][1]
        self._entries[key] = (self._clock_s(), data)
        self._entries.move_to_end(key)
        return data

    def put(self, key: bytes, data: bytes) -> None:
        """Keep a small picture, and let go of those that were not used for longest."""
        if key in self._entries:
            self._drop(key)
        self._entries[key] = (self._clock_s(), data)
        self.held_bytes += len(data)
        while self.held_bytes > self._most_bytes:
            self._drop(next(iter(self._entries)))

    def _forget_unused(self) -> None:
        before_s = self._clock_s() - UNUSED_S
        while self._entries and next(iter(self._entries.values()))[0] < before_s:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        self.held_bytes -= len(self._entries.pop(key)[1])
