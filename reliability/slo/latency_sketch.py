"""Latencies in logarithmic buckets: quantiles within one percent, merged by adding.

The bucket i holds what lies in (γ^(i-1), γ^i]; its middle 2·γ^i/(γ+1) is at most α off from
anything in it, where γ = (1+α)/(1-α). Source: Masson et al., "DDSketch", VLDB 2019.
"""

import math
from collections.abc import Iterable, Mapping

ACCURACY = 0.008
"""α: the greatest relative error of a quantile."""
GAMMA = (1.0 + ACCURACY) / (1.0 - ACCURACY)
LEAST_S = 1e-5
"""Shorter than ten microseconds counts as ten: nothing here is."""
MOST_S = 7200.0
"""Longer counts as two hours; together with ``LEAST_S`` no sketch has over 1,300 buckets."""

_PER_LOG = 1.0 / math.log(GAMMA)
_MIDDLE = 2.0 / (GAMMA + 1.0)
_log, _ceil = math.log, math.ceil


def bucket_of(seconds: float) -> int:
    """Return the bucket that holds a latency; what is no number counts as the longest."""
    if not seconds < MOST_S:
        seconds = MOST_S
    elif seconds < LEAST_S:
        seconds = LEAST_S
    return _ceil(_log(seconds) * _PER_LOG)


LEAST_BUCKET, MOST_BUCKET = bucket_of(LEAST_S), bucket_of(MOST_S)
MOST_COUNT = 2**53


def middle_s(bucket: int) -> float:
    """Return the latency that stands for a bucket, in seconds."""
    return GAMMA**bucket * _MIDDLE


class LatencySketch:
    """Counts by bucket."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = dict(counts or {})

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LatencySketch) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]

    def observe(self, seconds: float) -> None:
        """Count one latency; about a third of a microsecond."""
        bucket = bucket_of(seconds)
        counts = self.counts
        counts[bucket] = counts.get(bucket, 0) + 1

    def add(self, other: "LatencySketch") -> None:
        """Count everything that the other counted too."""
        counts = self.counts
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count

    def less(self, earlier: "LatencySketch") -> "LatencySketch":
        """Return what was counted since an earlier state of this sketch."""
        before = earlier.counts
        gained = ((bucket, n - before.get(bucket, 0)) for bucket, n in self.counts.items())
        return LatencySketch({bucket: n for bucket, n in gained if n > 0})

    def quantiles_s(self, shares: Iterable[float]) -> list[float | None]:
        """Return a latency for each share, such as 0.95, in seconds; ``None`` where empty.

        The share q of n latencies is the ceil(q·n)-th smallest, so it is one that happened.
        """
        total = len(self)
        wanted = sorted((max(1, _ceil(share * total)), at) for at, share in enumerate(shares))
        found: list[float | None] = [None] * len(wanted)
        if not total:
            return found
        below, buckets = 0, iter(sorted(self.counts.items()))
        bucket = 0
        for rank, at in wanted:
            while below < min(rank, total):
                bucket, count = next(buckets)
                below += count
            found[at] = middle_s(bucket)
        return found

    def packed(self) -> list[list[int]]:
        """Return buckets and counts as two lists, for JSON."""
        return [list(self.counts), list(self.counts.values())]

    @classmethod
    def unpacked(cls, packed: list[list[int]]) -> "LatencySketch":
        """Return the sketch that ``packed`` came from.

        Raises:
            ValueError: No sketch packs to this.
        """
        buckets, counts = packed
        if not all(isinstance(b, int) and LEAST_BUCKET <= b <= MOST_BUCKET for b in buckets):
            raise ValueError("a latency that cannot be")
        if not all(isinstance(n, int) and 0 <= n <= MOST_COUNT for n in counts):
            raise ValueError("a count that cannot be")
        return cls(dict(zip(buckets, counts, strict=True)))
