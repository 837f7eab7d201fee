"""Adds up what replicas counted, by minute and hour: the one place that knows the budgets.

Snapshots are cumulative, so what a replica adds is the difference to the last one of the same
replica and start. One that comes again, or late, adds nothing; what a dead replica counted
stays. Pure: the time comes with each call, and what must survive a restart is handed out as
rows (``reliability.slo.rows``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from reliability.slo.history import HistoryWindow, history
from reliability.slo.objectives import DAY_S, Objectives
from reliability.slo.report import report
from reliability.slo.rows import Changes, SloRow
from reliability.slo.tally import MOST_COUNT, RouteCounts, Share, Tally
from reliability.slo.windows import MINUTES_KEPT, RouteSlots, hour_of, minute_of

FORGOTTEN_S = DAY_S
"""A source that was silent for so long does not come back."""


@dataclass(slots=True)
class _Source:
    requests: int
    seen_s: float
    routes: dict[str, RouteCounts]


class SloTracker:
    """Counts of every route that has an objective."""

    def __init__(self, objectives: Objectives, now_s: float, rows: Iterable[SloRow] = ()) -> None:
        """Begin empty, or where the rows of an earlier life left off."""
        self._objectives = objectives
        self._slots = {
            str(route): RouteSlots(max(o.window_s for o in kinds.values()))
            for route, kinds in objectives.by_route.items()
        }
        self._ever = {route: Tally() for route in self._slots}
        self._sources: dict[str, _Source] = {}
        self._tidied: int | None = None
        self.unreadable = 0
        """Rows of another version that were left out."""
        for row in rows:
            self._restore(row, now_s)
        for slots in self._slots.values():
            slots.sum_up()

    def apply(self, replica: str, epoch: str, snapshot: Mapping[str, Any], now_s: float) -> Changes:
        """Count what a replica added since its last snapshot.

        Args:
            replica: Its id; ``epoch`` tells its starts apart.
            snapshot: Of ``SloRecorder.snapshot``.
            now_s: Unix time that does not jump (``reliability.steady_clock``); what was added
                counts as of now.

        Returns:
            What to write before the push is answered.

        Raises:
            ValueError: A snapshot of another version, with numbers that cannot be, or with less
                than the same source said before; nothing was counted.
        """
        name = orjson.dumps([replica, epoch]).decode()
        last = self._sources.get(name)
        if last is not None and _requests(snapshot) <= last.requests:
            last.seen_s = max(last.seen_s, now_s)
            return self._tidy(now_s)
        requests, routes = _requests(snapshot), _routes(snapshot)
        before = last.routes if last is not None else {}
        gained = {
            route: counts.less(before[route]) if route in before else counts
            for route, counts in routes.items()
            if route in self._slots
        }
        if any(counts.tally.fell for counts in gained.values()):
            raise ValueError("two sources under one name: one of them counted less")
        changes = self._tidy(now_s)
        for route, counts in gained.items():
            changes.rows += self._count(route, counts, now_s)
        self._sources[name] = _Source(requests, now_s, {**before, **routes})
        changes.rows.append(SloRow("source", name, 0, _source_json(self._sources[name])))
        return changes

    def report(
        self, now_s: float, latencies: bool = True, told_s: float | None = None
    ) -> dict[str, Any]:
        """Return what ``GET /slo`` answers; see ``reliability.slo.report``."""
        return report(self._objectives, self._slots, now_s, latencies, told_s)

    def history(self, now_s: float, told_s: float, over: HistoryWindow) -> dict[str, Any]:
        """Return what ``GET /slo/history`` answers; see ``reliability.slo.history``."""
        return history(self._objectives, self._slots, now_s, told_s, over)

    def totals(self) -> dict[str, Share]:
        """Return what each objective ever judged, by its name; these only grow."""
        return {o.name: self._ever[str(o.route)].share(o.kind) for o in self._objectives}

    def _count(self, route: str, gained: RouteCounts, now_s: float) -> list[SloRow]:
        if not gained.tally.requests:
            return []
        slots, ever = self._slots[route], self._ever[route]
        slots.add(gained, now_s)
        ever.add(gained.tally)
        minute, hour = minute_of(now_s), hour_of(now_s)
        return [
            SloRow("minute", route, minute, orjson.dumps(slots.minutes[minute].packed())),
            SloRow("hour", route, hour, orjson.dumps(slots.hours[hour].packed())),
            SloRow("total", route, 0, orjson.dumps(ever.packed())),
        ]

    def _tidy(self, now_s: float) -> Changes:
        """Once a minute, drop what is too old to matter."""
        changes = Changes()
        if self._tidied == minute_of(now_s):
            return changes
        self._tidied = minute_of(now_s)
        for route, slots in self._slots.items():
            for minute in slots.expire(now_s):
                packed = orjson.dumps(slots.minutes[minute].packed())
                changes.rows.append(SloRow("minute", route, minute, packed))
        longest = max(slots.hours_kept for slots in self._slots.values())
        changes.expired = [
            ("minute", minute_of(now_s) - MINUTES_KEPT + 1),
            ("hour", hour_of(now_s) - longest + 1),
        ]
        changes.gone = [n for n, s in self._sources.items() if now_s - s.seen_s > FORGOTTEN_S]
        for name in changes.gone:
            del self._sources[name]
        return changes

    def _restore(self, row: SloRow, now_s: float) -> None:
        # What another version wrote cannot be counted; it is no reason not to start.
        try:
            self._take(row, orjson.loads(row.counts), now_s)
        except (ValueError, TypeError, KeyError):
            self.unreadable += 1

    def _take(self, row: SloRow, packed: Any, now_s: float) -> None:
        kind, name, at, _ = row
        if kind == "source":
            # Seen now: how long it was silent while nobody listened is not known.
            self._sources[name] = _Source(_requests(packed), now_s, _routes(packed))
        elif name not in self._slots:
            return
        elif kind == "total":
            self._ever[name] = Tally.unpacked(packed)
        elif kind == "minute":
            self._slots[name].minutes[at] = RouteCounts.unpacked(packed)
        else:
            self._slots[name].hours[at] = RouteCounts.unpacked(packed)


def _requests(snapshot: Mapping[str, Any]) -> int:
    requests = snapshot.get("requests") if isinstance(snapshot, Mapping) else None
    if not (isinstance(requests, int) and 0 <= requests <= MOST_COUNT):
        raise ValueError("a count that cannot be")
    return requests


def _routes(snapshot: Mapping[str, Any]) -> dict[str, RouteCounts]:
    try:
        return {str(r): RouteCounts.unpacked(p) for r, p in snapshot["routes"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no snapshot of an objective's counts: {error}") from None


def _source_json(source: _Source) -> bytes:
    routes = {route: counts.packed() for route, counts in source.routes.items()}
    return orjson.dumps({"requests": source.requests, "routes": routes})
