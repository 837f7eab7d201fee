"""One route's counts by minute for three days and by hour for the budget's window."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reliability.slo.latency_sketch import LatencySketch
from reliability.slo.objectives import DAY_S, HOUR_S, MINUTE_S
from reliability.slo.tally import RouteCounts, Tally

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
        self._swept: dict[str, int] = {}
        self._closed_at: int | None = None
        self._closed: dict[int, Tally] = {}

    @property
    def hours_kept(self) -> int:
        """Hours that the budget's window needs; its first hour counts whole."""
        return self._window_s // HOUR_S + 1

    def add(self, gained: RouteCounts, now_s: float) -> None:
        """Count into the slots of now."""
        minute = minute_of(now_s)
        if minute != self._closed_at:
            self._closed_at = None
        self.minutes.setdefault(minute, RouteCounts.none()).add(gained)
        self.hours.setdefault(hour_of(now_s), RouteCounts.none()).add(gained)
        self._budget.add(gained.tally)

    def expire(self, now_s: float) -> list[int]:
        """Drop what no window reaches any more; return the minutes that lost their latencies.

        Only what has come of age since the last time is looked at.
        """
        hour, minute = hour_of(now_s), minute_of(now_s)
        for old in self._passed("minutes", self.minutes, minute - MINUTES_KEPT + 1):
            self.minutes.pop(old, None)
        dropped = list(self._passed("hours", self.hours, hour - self.hours_kept + 1))
        for old in dropped:
            self.hours.pop(old, None)
        for old in self._passed("hour latencies", self.hours, hour - HOUR_LATENCIES_KEPT):
            if old in self.hours:
                self.hours[old].latencies = LatencySketch()
        if dropped:
            # Added up anew rather than subtracted: joules must not drift.
            self.sum_up()
        return list(self._thin(minute))

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
        minute = minute_of(now_s)
        if minute != self._closed_at:
            self._closed, self._closed_at = {}, minute
        if window_s not in self._closed:
            closed = self._closed[window_s] = Tally()
            for counts in self._before(minute, window_s):
                closed.add(counts.tally)
        total = replace(self._closed[window_s])
        if minute in self.minutes:
            total.add(self.minutes[minute].tally)
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

    def series(self, now_s: float, window_s: int) -> Iterator[tuple[float, RouteCounts]]:
        """Yield the counts of each slot of a window that had requests, the oldest first.

        By minute where minutes keep their latencies, else by hour; ``step_s`` says which. Each
        comes with the time at which its slot began, on the clock that requests were counted by.
        """
        step = step_s(window_s)
        slots = self.minutes if step == MINUTE_S else self.hours
        last = int(now_s // step)
        for at in range(last - window_s // step + 1, last + 1):
            if at in slots and slots[at].tally.requests:
                yield float(at * step), slots[at]

    def _before(self, minute: int, window_s: int) -> Iterator[RouteCounts]:
        """Yield what the minutes of a window before its last one counted; it changes no more."""
        first, hour = minute - window_s // MINUTE_S + 1, minute * MINUTE_S // HOUR_S
        first_hour = -(-first * MINUTE_S // HOUR_S)
        # Whole hours from the hours, the rest before and after them by minutes.
        yield from self._minutes(first, min(minute, first_hour * HOUR_S // MINUTE_S) - 1)
        yield from self._hours(first_hour, hour - 1)
        yield from self._minutes(max(first_hour, hour) * HOUR_S // MINUTE_S, minute - 1)

    def _passed(self, what: str, slots: Mapping[int, object], before: int) -> range:
        """Return the numbers below one that were not returned yet; of none that never were."""
        start = self._swept.get(what)
        if start is None:
            start = min(slots, default=before)
        self._swept[what] = max(start, before)
        return range(start, before)

    def _minutes(self, first: int, last: int) -> Iterator[RouteCounts]:
        return (self.minutes[at] for at in range(first, last + 1) if at in self.minutes)

    def _hours(self, first: int, last: int) -> Iterator[RouteCounts]:
        return (self.hours[at] for at in range(first, last + 1) if at in self.hours)

    def _thin(self, now_minute: int) -> Iterator[int]:
        before = now_minute - MINUTE_LATENCIES_KEPT + 1
        for minute in self._passed("minute latencies", self.minutes, before):
            counts = self.minutes.get(minute)
            if counts is not None and counts.latencies.counts:
                counts.latencies = LatencySketch()
                yield minute


def step_s(window_s: int) -> int:
    """Return the seconds of one slot in the series of a window."""
    return MINUTE_S if window_s <= MINUTE_LATENCIES_KEPT * MINUTE_S else HOUR_S


def minute_of(now_s: float) -> int:
    """Return the number of the minute that a time lies in."""
    return int(now_s // MINUTE_S)


def hour_of(now_s: float) -> int:
    """Return the number of the hour that a time lies in."""
    return int(now_s // HOUR_S)
