"""A replica's copy of the hub's text, told for as long as the hub tells no other."""

import time
from collections.abc import Awaitable, Callable

Ask = Callable[[str], Awaitable[tuple[str, bytes | None, float]]]
"""Asks the hub for what is newer than a version; see ``MetricsHub.text``."""


class MetricsCopy:
    """Spares the hub a call for each of many scrapes.

    Two replicas never tell two texts of which the later one told is older: the hub tells a new
    text to nobody before all copies of the last one have run out. Each copy counts from the
    moment it asked, which is before the hub counted.

    Args:
        now_s: Seconds, of any beginning, that do not go back.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._version, self._text = "", b""
        self._until_s = float("-inf")

    async def get(self, ask: Ask) -> bytes:
        """Return the text; what ``ask`` raises reaches the caller once the copy has run out."""
        asked_s = self._now_s()
        if asked_s < self._until_s:
            return self._text
        known, text = self._version, self._text
        version, changed, left_s = await ask(known)
        if changed is not None:
            text = changed
        # Another caller may have been told a newer one meanwhile; it holds for longer.
        if asked_s + left_s >= self._until_s:
            self._version, self._text, self._until_s = version, text, asked_s + left_s
        return text
