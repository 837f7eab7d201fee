"""One route's counts by minute for three days and by hour for the budget's window."""

from collections.abc import Iterator

from reliability.latency_sketch import LatencySketch
from reliability.slo_objectives import DAY_S, HOUR_S, MINUTE_S
from reliability.slo_tally import RouteCounts, Tally

MINUTES_KEPT = 3 * DAY_S // MINUTE_S
MINUTE_LATENCIES_KEPT = 2 * HOUR_S // MINUTE_S
"""Older minutes keep their counts only; latencies of longer windows come from the hours."""
HOUR_LATENCIES_KEPT = 3 * DAY_S // HOUR_S


class RouteSlots:
    """Slots by their number since the epoch: minute 0 and hour 0 began at second 0."""

    def __init__(self, window_s: int) -> None:
        self.minutes: dict[int, RouteCounts] = {}
        self.hours: dict[int, RouteCounts] = {}
        self._window_s = window_s
        self._budget = Tally()

    @property
    def hours_kept(self) -> int:
        """Hours that the budget's window needs; its first hour counts whole."""
        return self._window_s // HOUR_S + 1

    def add(self, gained: RouteCounts, now_s: float) -> None:
        """Count into the slots of now."""
        self.minutes.setdefault(minute_of(now_s), RouteCounts.none()).add(gained)
        self.hours.setdefault(hour_of(now_s), RouteCounts.none()).add(gained)
        self._budget.add(gained.tally)

    def expire(self, now_s: float) -> list[int]:
        """Drop what no window reaches any more; return the minutes that lost their latencies."""
        for minute in [m for m in self.minutes if m <= minute_of(now_s) - MINUTES_KEPT]:
            del self.minutes[minute]
        for hour in [h for h in self.hours if h <= hour_of(now_s) - self.hours_kept]:
            del self.hours[hour]
        for hour, counts in self.hours.items():
            if hour < hour_of(now_s) - HOUR_LATENCIES_KEPT:
                counts.latencies = LatencySketch()
        # Added up anew rather than subtracted: joules must not drift.
        self.sum_up()
        return list(self._thin(now_s))

    def sum_up(self) -> None:
        """Make the budget's tally from the hours."""
        self._budget = Tally()
        for counts in self.hours.values():
            self._budget.add(counts.tally)

    def budget(self) -> Tally:
        """Return the counts over the budget's window."""
        return self._budget

    def tally(self, now_s: float, window_s: int) -> Tally:
        """Return the counts of a window of whole minutes, up to three days, that ends now.

        The minute that runs is its last, so it is up to a minute shorter than it says.
        """
        total = Tally()
        for counts in self._within(now_s, window_s):
            total.add(counts.tally)
        return total

    def latencies(self, now_s: float, window_s: int) -> LatencySketch:
        """Return the latencies of a window; one of over an hour begins at a whole hour."""
        total = LatencySketch()
        if window_s <= HOUR_S:
            chosen = self._minutes(minute_of(now_s) - window_s // MINUTE_S + 1, minute_of(now_s))
        else:
            chosen = self._hours(hour_of(now_s) - window_s // HOUR_S + 1, hour_of(now_s))
        for counts in chosen:
            total.add(counts.latencies)
        return total

    def _within(self, now_s: float, window_s: int) -> Iterator[RouteCounts]:
        # Whole hours from the hours, the rest before them by minutes.
        first, last = minute_of(now_s) - window_s // MINUTE_S + 1, minute_of(now_s)
        first_hour = -(-first * MINUTE_S // HOUR_S)
        yield from self._minutes(first, min(last, first_hour * HOUR_S // MINUTE_S - 1))
        yield from self._hours(first_hour, hour_of(now_s))

    def _minutes(self, first: int, last: int) -> Iterator[RouteCounts]:
        return (self.minutes[at] for at in range(first, last + 1) if at in self.minutes)

    def _hours(self, first: int, last: int) -> Iterator[RouteCounts]:
        return (self.hours[at] for at in range(first, last + 1) if at in self.hours)

    def _thin(self, now_s: float) -> Iterator[int]:
        for minute, counts in self.minutes.items():
            if minute <= minute_of(now_s) - MINUTE_LATENCIES_KEPT and counts.latencies.counts:
                counts.latencies = LatencySketch()
                yield minute


def minute_of(now_s: float) -> int:
    """Return the number of the minute that a time lies in."""
    return int(now_s // MINUTE_S)


def hour_of(now_s: float) -> int:
    """Return the number of the hour that a time lies in."""
    return int(now_s // HOUR_S)
