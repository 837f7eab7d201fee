"""What the MetricsHub does with pushes, without Ray: adds up, judges, remembers, tells."""

from collections.abc import Callable, Iterator, Mapping

from deployments.pushes import Push
from telemetry.aggregate import Aggregate, Source
from telemetry.exposition import Sample, exposed, text
from telemetry.hub_file import HubFile
from telemetry.series import key

Bounds = Mapping[str, tuple[float, ...]]


class HubDesk:
    """The aggregate over all replicas, written through to a file.

    Args:
        file: Where it is remembered.
        bounds: Of histograms, where they are not the table's.
        clock_s: Never goes back, begins anew with the process.
        now_s: Unix time.
    """

    def __init__(
        self,
        file: HubFile,
        bounds: Bounds,
        clock_s: Callable[[], float],
        now_s: Callable[[], float],
    ) -> None:
        self._file = file
        self._bounds = bounds
        self._began_s = clock_s()
        self._clock_s = clock_s
        self._since_s = _since_s(file, now_s())
        self._aggregate: Aggregate = file.load()
        self._unsaved: set[Source] = set()

    def push(self, push: Push) -> None:
        """Take a replica's numbers; one that comes twice or late changes nothing."""
        if self._aggregate.push(push.source, push.sequence, push.snapshot, self._age_s()):
            self._unsaved.add(push.source)

    def text(self) -> str:
        """Return everything as Prometheus reads it."""
        return text(self._aggregate.totals, self._gauges(), self._bounds)

    def samples(self) -> Iterator[Sample]:
        """Yield every line of ``text`` as data."""
        for _, samples in exposed(dict(self._aggregate.totals), self._gauges(), self._bounds):
            yield from samples

    def state(self) -> dict[str, object]:
        """Say how many replicas push, and how old the oldest figure is."""
        age_s = self._age_s()
        return {
            "replicas_reporting": sum(self._aggregate.replicas(age_s).values()),
            "snapshot_age_s": round(self._aggregate.oldest_s(age_s), 3),
            "series": len(self._aggregate.totals),
        }

    def save(self) -> None:
        """Write what changed since the last time.

        Raises:
            sqlite3.Error: It could not be written; nothing is lost, the next call tries again.
        """
        unsaved, self._unsaved = self._unsaved, set()
        forgotten = self._aggregate.forget(self._age_s())
        kept = {s: self._aggregate.kept[s] for s in unsaved if s in self._aggregate.kept}
        try:
            self._file.save(kept, {}, forgotten)
        except BaseException:
            self._unsaved |= unsaved
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _gauges(self) -> dict[str, float]:
        age_s = self._age_s()
        gauges = self._aggregate.gauges(age_s)
        for component, count in self._aggregate.replicas(age_s).items():
            gauges[key("brainwav_replicas_reporting", (component,))] = count
        gauges[key("brainwav_snapshot_age_seconds")] = round(self._aggregate.oldest_s(age_s), 3)
        gauges[key("brainwav_hub_start_time_seconds")] = self._since_s
        return gauges

    def _age_s(self) -> float:
        return self._clock_s() - self._began_s


def _since_s(file: HubFile, now_s: float) -> float:
    """Return since when totals only grow: the first start with this file."""
    known = file.lines("hub").get("since")
    if known is not None:
        return float(known)
    file.save({}, {"hub": {"since": repr(now_s).encode()}})
    return now_s
