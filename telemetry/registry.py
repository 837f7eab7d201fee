"""The numbers of one process: counted here, added up over all replicas by the hub.

A snapshot is cumulative. Who receives it twice, late or not at all can still tell the truth
with the next one.
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from telemetry.metric_table import BY_NAME, Metric
from telemetry.series import INFINITY, SUM, key, part


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All numbers of one process at one moment, by ``telemetry.series.key``."""

    sums: dict[str, float] = field(default_factory=dict)
    """Counters, and histograms as counts of single buckets and a sum; they only grow."""
    gauges: dict[str, float] = field(default_factory=dict)


class _Histogram:
    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0


class Registry:
    """Counters, gauges and histograms of the table; any thread may use them.

    Args:
        bounds: Of histograms, where they are not the table's.
    """

    def __init__(self, bounds: Mapping[str, tuple[float, ...]] | None = None) -> None:
        self._bounds = dict(bounds or {})
        self._lock = threading.Lock()
        self._counters: dict[str, float] = {}
        self._gauges: dict[str, float] = {}
        self._histograms: dict[str, _Histogram] = {}

    def add(self, name: str, *labels: str, by: float = 1.0) -> None:
        """Count; raises ``KeyError`` for a metric that the table does not have."""
        series = _checked(name, labels)
        with self._lock:
            self._counters[series] = self._counters.get(series, 0.0) + by

    def set(self, name: str, *labels: str, to: float) -> None:
        """Set a gauge; on a counter, that whose total somebody else keeps."""
        series = _checked(name, labels)
        with self._lock:
            kept = self._counters if BY_NAME[name].kind == "counter" else self._gauges
            kept[series] = to

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Note one value of a histogram."""
        series = _checked(name, labels)
        with self._lock:
            histogram = self._histograms.get(series)
            if histogram is None:
                bounds = self._bounds.get(name) or BY_NAME[name].bounds
                histogram = self._histograms[series] = _Histogram(bounds)
            # A value that equals a bound belongs below it, as Prometheus' `le` says.
            histogram.counts[bisect_left(histogram.bounds, value)] += 1
            histogram.total += value

    def snapshot(self) -> Snapshot:
        """Return all numbers."""
        with self._lock:
            sums = dict(self._counters)
            gauges = dict(self._gauges)
            for series, histogram in self._histograms.items():
                sums.update(_flat(series, histogram))
        return Snapshot(sums, gauges)


def _checked(name: str, labels: tuple[str, ...]) -> str:
    metric: Metric = BY_NAME[name]
    if len(labels) != len(metric.labels):
        raise KeyError(f"{name} has the labels {metric.labels}, not {labels}")
    return key(name, labels)


def _flat(series: str, histogram: _Histogram) -> dict[str, float]:
    parts = {
        part(series, f"{bound:g}"): float(count)
        for bound, count in zip(histogram.bounds, histogram.counts, strict=False)
        if count
    }
    if histogram.counts[-1]:
        parts[part(series, INFINITY)] = float(histogram.counts[-1])
    parts[part(series, SUM)] = histogram.total
    return parts
