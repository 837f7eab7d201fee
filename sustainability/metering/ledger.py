"""Joules of one domain shared out by work: requests + overhead + idle = measured, exactly.

Of each tick k of the meter (E joules, idle power P_idle over the tick's length):

    E_idle = min(E, P_idle * length)            E_dyn = E - E_idle
    E_i    = E_dyn * w_i / (sum of w + w_other)  overhead = E_dyn - sum of E_i

w_i are the resource seconds of request i in the tick, w_other those of everything else on the
node. The overhead is the remainder, so nothing is lost to rounding. A domain is what one
counter measures: the node's processors and memory, or one accelerator.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from sustainability.work import RequestKey

Owner = tuple[RequestKey, str]
"""Whose work and on which deployment."""
Shares = dict[Owner, float]


WORK_KEPT_S = 600.0
"""Work waits so long for a tick. A domain that nobody reads has none, ever; and of a request that
is older nobody can ask any more."""
MOST_PIECES = 50_000


@dataclass(frozen=True, slots=True)
class Tick:
    """What the meter read between two moments of the monotonic clock."""

    start_s: float
    end_s: float
    energy_j: float
    idle_power_w: float
    busy_s: float
    """Resource seconds in use by anybody, for ``w_other``."""

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Settled:
    """A tick shared out."""

    tick: Tick
    requests: Shares
    """Joules."""
    work_s: Shares
    """Resource seconds."""
    overhead_j: float
    idle_j: float
    other_s: float
    """Resource seconds of nobody's request."""

    @property
    def dynamic_j(self) -> float:
        """Energy above idle."""
        return self.tick.energy_j - self.idle_j

    @property
    def requests_j(self) -> float:
        """Energy of all requests."""
        return sum(self.requests.values())


@dataclass(slots=True)
class _Piece:
    """Work that was spread evenly over a time."""

    start_s: float
    end_s: float
    work_s: Mapping[Owner, float] = field(default_factory=dict)

    def part_within(self, start_s: float, end_s: float) -> float:
        """Return the part of the work that fell into a time; a moment falls wholly or not."""
        if self.end_s <= self.start_s:
            return float(start_s <= self.start_s < end_s)
        overlap_s = min(self.end_s, end_s) - max(self.start_s, start_s)
        return max(0.0, overlap_s) / (self.end_s - self.start_s)


def share_out(tick: Tick, work_s: Shares) -> Settled:
    """Return a tick's energy by request; the formulas stand in the module's docstring."""
    idle_j = min(tick.energy_j, tick.idle_power_w * tick.length_s)
    dynamic_j = tick.energy_j - idle_j
    total_s = sum(work_s.values())
    other_s = max(0.0, tick.busy_s - total_s)
    whole_s = total_s + other_s
    per_second_j = dynamic_j / whole_s if whole_s > 0 else 0.0
    requests = {key: seconds * per_second_j for key, seconds in work_s.items() if seconds > 0}
    overhead_j = dynamic_j - sum(requests.values())
    return Settled(tick, requests, work_s, overhead_j, idle_j, other_s)


class EnergyLedger:
    """Matches ticks of energy with reports of work, which arrive a little later."""

    def __init__(self) -> None:
        self._ticks: list[Tick] = []
        self._pieces: deque[_Piece] = deque(maxlen=MOST_PIECES)
        self._settled_until_s = float("-inf")

    @property
    def settled_until_s(self) -> float:
        """End of the last tick that was shared out."""
        return self._settled_until_s

    @property
    def unsettled_j(self) -> float:
        """Energy that was measured and is not shared out yet."""
        return sum(tick.energy_j for tick in self._ticks)

    def add_energy(self, tick: Tick) -> None:
        """Take in a tick; ticks come in order."""
        self._ticks.append(tick)

    def add_work(self, start_s: float, end_s: float, work_s: Mapping[Owner, float]) -> None:
        """Take in work; what belongs to a settled tick counts in the next one instead.

        Work that no tick came for is dropped after ``WORK_KEPT_S``: it becomes overhead.
        """
        if not work_s:
            return
        while self._pieces and self._pieces[0].end_s < end_s - WORK_KEPT_S:
            self._pieces.popleft()
        settled_s = self._settled_until_s
        if end_s <= settled_s:
            start_s = end_s = settled_s
        self._pieces.append(_Piece(max(start_s, settled_s), max(end_s, settled_s), work_s))

    def settle(self, until_s: float) -> list[Settled]:
        """Share out every tick that ended by then."""
        due = [tick for tick in self._ticks if tick.end_s <= until_s]
        self._ticks = self._ticks[len(due) :]
        return [self._settle(tick) for tick in due]

    def _settle(self, tick: Tick) -> Settled:
        work_s: Shares = {}
        for piece in self._pieces:
            part = piece.part_within(tick.start_s, tick.end_s)
            if part > 0:
                for key, seconds in piece.work_s.items():
                    work_s[key] = work_s.get(key, 0.0) + seconds * part
        kept = (piece for piece in self._pieces if piece.end_s >= tick.end_s)
        self._pieces = deque(kept, maxlen=MOST_PIECES)
        self._settled_until_s = tick.end_s
        return share_out(tick, work_s)
