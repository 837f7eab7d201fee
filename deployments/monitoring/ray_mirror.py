"""The same series in Ray's own metrics, for its dashboard: `ray_brainwav_…`.

Mirrored once, by the hub, from totals over all replicas: Ray goes on exporting what a dead
worker counted, so that sums over workers would count twice. Totals are set, not added, and are
therefore of Ray's type gauge; `rate()` and `histogram_quantile()` read them all the same.
"""

from collections.abc import Iterable

from ray.util.metrics import Gauge

from telemetry.exposition import Sample


class RayMirror:
    """Sets Ray gauges to what the hub knows."""

    def __init__(self) -> None:
        self._gauges: dict[str, Gauge] = {}
        self._shown: dict[tuple[str, tuple[str, ...]], float] = {}

    def show(self, samples: Iterable[Sample]) -> None:
        """Set every sample that changed since the last time."""
        for sample in samples:
            key = (sample.name, tuple(sample.labels.values()))
            if self._shown.get(key) != sample.value:
                self._shown[key] = sample.value
                self._gauge(sample).set(sample.value, tags=dict(sample.labels))

    def _gauge(self, sample: Sample) -> Gauge:
        gauge = self._gauges.get(sample.name)
        if gauge is None:
            gauge = Gauge(sample.name, tag_keys=tuple(sample.labels))
            self._gauges[sample.name] = gauge
        return gauge
