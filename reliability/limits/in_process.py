"""An authority in the same process: for one-process services and for tests."""

from collections.abc import Callable, Iterable, Sequence

from reliability.limits.authority import BucketAuthority, BucketRow
from reliability.limits.leases import LeaseRequest, Owed, Returned, Settlement


class MemoryJournal:
    """Remembers as long as the process lives."""

    def __init__(self) -> None:
        self._rows: dict[str, BucketRow] = {}
        self._alive_us = 0

    def write(self, rows: Sequence[BucketRow], now_us: int, dropped: Iterable[str] = ()) -> None:
        """Keep rows, forget others."""
        for key in dropped:
            self._rows.pop(key, None)
        self._rows |= {row.key: row for row in rows}
        self._alive_us = now_us

    def load(self) -> tuple[list[BucketRow], int]:
        """Return what was kept."""
        return list(self._rows.values()), self._alive_us


class InProcessAuthority:
    """Implements ``reliability.limits.leases.Authority`` without a network."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._buckets = BucketAuthority(MemoryJournal(), now_us())

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        """Answer at once."""
        return self._buckets.settle(replica, requests, returned, self._now_us())
