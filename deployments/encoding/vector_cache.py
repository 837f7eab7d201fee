"""Vectors by content: what was encoded before is not encoded again.

Each client has entries of its own. Shared ones would tell by the time an answer takes what
somebody else has sent.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class VectorCache(Generic[Value]):
    """The last used entries; one event loop's."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.max_entries = 0
        """0: nothing is kept, and what was kept is gone."""
        self.hits = 0
        self._entries: OrderedDict[bytes, tuple[float, Value]] = OrderedDict()
        self._clock_s = clock_s

    def resize(self, max_entries: int) -> None:
        """Keep at most so many."""
        self.max_entries = max_entries
        self._shrink()

    def key(self, owner: str, lane: str, content: str | bytes) -> bytes | None:
        """Return an entry's key, None where nothing is kept.

        The lane stands for tower and precision: an entry never crosses them.
        """
        if not self.max_entries:
            return None
        data = content.encode() if isinstance(content, str) else content
        digest = hashlib.blake2b(digest_size=20)
        for part in (owner.encode(), lane.encode()):
            digest.update(len(part).to_bytes(4, "big") + part)
        digest.update(data)
        return digest.digest()

    def get(self, key: bytes | None) -> Value | None:
        """Return an entry."""
        if key is None or key not in self._entries:
            return None
        value = self._entries[key][1]
        self._entries[key] = (self._clock_s(), value)
        self._entries.move_to_end(key)
        self.hits += 1
        return value

    def put(self, key: bytes | None, value: Value) -> None:
        """Keep an entry."""
        if key is not None and self.max_entries:
            self._entries[key] = (self._clock_s(), value)
            self._entries.move_to_end(key)
            self._shrink()

    def forget_unused(self, before_s: float) -> None:
        """Forget what was last used before: it may be of a document that is deleted."""
        while self._entries and next(iter(self._entries.values()))[0] < before_s:
            self._entries.popitem(last=False)

    def _shrink(self) -> None:
        while len(self._entries) > self.max_entries:
            self._entries.popitem(last=False)
