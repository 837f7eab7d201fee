"""One truth over all replicas: what each adds to what was there, never twice.

Every push is cumulative. What it has more than the most that the same process ever said is added
to the totals, so that totals only grow, a push that comes twice or late changes nothing, and what
a dead replica counted stays counted. Gauges are those of replicas that are alive. A number that
cannot be (negative, not a number, without bounds) is left out: it would spoil the sum for good.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from telemetry.metric_table import BY_NAME
from telemetry.registry import Snapshot
from telemetry.series import is_sound, parsed

ALIVE_S = 3.0
"""A replica that was silent for longer has no say in gauges."""
FORGOTTEN_S = 6 * 3600.0
"""After so long a silent process cannot come back."""
MOST = 2.0**53
"""Beyond this a total no longer knows single events, and nothing here ever counts so far."""
MOST_SEQUENCE = 2**62
MOST_SERIES = 100_000
"""Over all sources; the labels of the table make a few thousand."""
MOST_SOURCES = 10_000


@dataclass(frozen=True, slots=True)
class MetricSource:
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
    """Of each sum the most that was ever said, so that two processes under one name count as
    the busier of them and not as one that starts anew with every push."""


@dataclass(slots=True)
class Aggregate:
    """Totals over all sources, and the last snapshot of each."""

    totals: dict[str, float] = field(default_factory=dict)
    kept: dict[MetricSource, Kept] = field(default_factory=dict)
    """In the order of their last pushes, so that nobody has to look at all of them."""
    changed: set[str] = field(default_factory=set)
    """Totals that grew since ``take_changed``."""
    refused: int = 0
    """Numbers that were left out."""

    def push(self, source: MetricSource, sequence: int, snapshot: Snapshot, now_s: float) -> bool:
        """Add what a source counted since its last push; False for one that is old news.

        One that cannot be counted at all, under a name or number that no replica has, is left
        out like a number that cannot be.
        """
        last = self.kept.get(source)
        if last is not None and sequence <= last.sequence:
            return False
        if not self._can_be(source, sequence, last):
            self.refused += 1
            return False
        sums = dict(last.snapshot.sums) if last is not None else {}
        for series, value in snapshot.sums.items():
            before = sums.get(series, 0.0)
            if not (is_amount(value) and self._has_room(series, value - before)):
                self.refused += 1
                continue
            if value > before:
                self.totals[series] = self.totals.get(series, 0.0) + (value - before)
                self.changed.add(series)
            sums[series] = max(before, value)
        gauges = {s: v for s, v in snapshot.gauges.items() if _is_gauge(s, v)}
        self.refused += len(snapshot.gauges) - len(gauges)
        self.kept.pop(source, None)
        self.kept[source] = Kept(sequence, now_s, Snapshot(sums, gauges))
        return True

    def take_changed(self) -> dict[str, float]:
        """Return the totals that grew since the last call."""
        taken = {series: self.totals[series] for series in self.changed}
        self.changed.clear()
        return taken

    def sequence_of(self, source: MetricSource) -> int:
        """Return the number of a source's last push, 0 for one that never pushed."""
        kept = self.kept.get(source)
        return 0 if kept is None else kept.sequence

    def forget(self, now_s: float) -> list[MetricSource]:
        """Drop sources that were silent too long to come back; their totals stay."""
        gone = []
        for source, kept in self.kept.items():
            if now_s - kept.seen_s <= FORGOTTEN_S:
                break
            gone.append(source)
        for source in gone:
            del self.kept[source]
        return gone

    def alive(self, now_s: float) -> Iterator[tuple[MetricSource, Kept]]:
        """Yield the sources whose figures are fresh, the latest first."""
        for source, kept in reversed(self.kept.items()):
            if now_s - kept.seen_s > ALIVE_S:
                return
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

    def _can_be(self, source: MetricSource, sequence: int, last: Kept | None) -> bool:
        if not (isinstance(sequence, int) and 0 < sequence <= MOST_SEQUENCE):
            return False
        if last is not None:
            return True
        names = (source.component, source.replica, source.epoch)
        return len(self.kept) < MOST_SOURCES and all(map(is_sound, names))

    def _has_room(self, series: str, gained: float) -> bool:
        total = self.totals.get(series)
        if total is None:
            return len(self.totals) < MOST_SERIES and is_sound(series)
        return total + gained <= MOST


def is_amount(value: Any) -> TypeGuard[float]:
    """Return whether a value can be what something added up to."""
    return isinstance(value, int | float) and 0.0 <= value <= MOST


def _is_gauge(series: str, value: Any) -> bool:
    # Bounded so that a sum over replicas stays a number.
    sound = isinstance(value, int | float) and math.isfinite(value) and abs(value) <= MOST
    return sound and is_sound(series)


def _merged(name: str, one: float, other: float) -> float:
    metric = BY_NAME.get(name)
    merge = metric.merge if metric else "sum"
    if merge == "sum":
        return one + other
    return max(one, other) if merge == "max" else min(one, other)
