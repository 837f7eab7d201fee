"""One truth over all replicas: what each adds to what was there, never twice.

Every push is cumulative. Its difference to the last push of the same process is added to the
totals, so that totals only grow, a push that comes twice or late changes nothing, and what a
dead replica counted stays counted. Gauges are those of replicas that are alive.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from telemetry.registry import Snapshot
from telemetry.series import parsed
from telemetry.table import BY_NAME

ALIVE_S = 3.0
"""A replica that was silent for longer has no say in gauges."""
FORGOTTEN_S = 6 * 3600.0
"""After so long a silent process cannot come back."""


@dataclass(frozen=True, slots=True)
class Source:
    """One process: a replica, and when it began, since a name may come back."""

    component: str
    replica: str
    epoch: str


@dataclass(slots=True)
class Kept:
    """What is remembered of a source."""

    sequence: int
    seen_s: float
    snapshot: Snapshot


@dataclass(slots=True)
class Aggregate:
    """Totals over all sources, and the last snapshot of each."""

    totals: dict[str, float] = field(default_factory=dict)
    kept: dict[Source, Kept] = field(default_factory=dict)

    def push(self, source: Source, sequence: int, snapshot: Snapshot, now_s: float) -> bool:
        """Add what a source counted since its last push; False for one that is old news."""
        last = self.kept.get(source)
        if last is not None and sequence <= last.sequence:
            return False
        before = last.snapshot.sums if last is not None else {}
        for series, value in snapshot.sums.items():
            gained = value - before.get(series, 0.0)
            # A total that somebody else keeps may start anew; totals here never fall.
            if gained > 0.0:
                self.totals[series] = self.totals.get(series, 0.0) + gained
        self.kept[source] = Kept(sequence, now_s, snapshot)
        return True

    def sequence_of(self, source: Source) -> int:
        """Return the number of a source's last push, 0 for one that never pushed."""
        kept = self.kept.get(source)
        return 0 if kept is None else kept.sequence

    def forget(self, now_s: float) -> list[Source]:
        """Drop sources that were silent too long to come back; their totals stay."""
        gone = [source for source, kept in self.kept.items() if now_s - kept.seen_s > FORGOTTEN_S]
        for source in gone:
            del self.kept[source]
        return gone

    def alive(self, now_s: float) -> Iterator[tuple[Source, Kept]]:
        """Yield the sources whose figures are fresh."""
        for source, kept in self.kept.items():
            if now_s - kept.seen_s <= ALIVE_S:
                yield source, kept

    def gauges(self, now_s: float) -> dict[str, float]:
        """Merge the gauges of living sources, each as the table says."""
        merged: dict[str, float] = {}
        for _, kept in self.alive(now_s):
            for series, value in kept.snapshot.gauges.items():
                if series in merged:
                    merged[series] = _merged(parsed(series).name, merged[series], value)
                else:
                    merged[series] = value
        return merged

    def replicas(self, now_s: float) -> dict[str, int]:
        """Count the living sources of each component."""
        counts: dict[str, int] = {}
        for source, _ in self.alive(now_s):
            counts[source.component] = counts.get(source.component, 0) + 1
        return counts

    def oldest_s(self, now_s: float) -> float:
        """Return the age of the oldest snapshot that gauges are made from, 0 without any."""
        return max((now_s - kept.seen_s for _, kept in self.alive(now_s)), default=0.0)


def _merged(name: str, one: float, other: float) -> float:
    metric = BY_NAME.get(name)
    merge = metric.merge if metric else "sum"
    if merge == "sum":
        return one + other
    return max(one, other) if merge == "max" else min(one, other)
