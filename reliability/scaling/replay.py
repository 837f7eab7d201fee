"""A load curve replayed against a scaling policy: deterministic, in simulated time.

Requests arrive at random (Poisson) at the curve's rate, wait for the replica that is free
first and take a random time (lognormal). A new replica is paid for while it starts and serves
after that; one that is given up finishes what it has. The policy is asked once a second and
sees what Serve would show it: averages over the look-back period, calls that ended of late.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reliability.scaling.policy import Load

SERVICE_SIGMA = 0.4
"""Of the logarithm of a request's own time: the slowest twentieth takes about twice the median."""


@dataclass(frozen=True, slots=True)
class Plant:
    """What is scaled.

    Args:
        service_s: Median time of a request that waits for nobody.
        startup_s: From the decision to the first request.
    """

    service_s: float = 0.02
    startup_s: float = 8.0
    objective_s: float = 0.1
    target: float = 0.95
    look_back_s: float = 6.0
    window_s: float = 10.0
    most_replicas: int = 32


@dataclass(frozen=True, slots=True)
class Replay:
    """How a policy did.

    ``bad_minutes`` are minutes in which more calls were late than the target allows.
    """

    requests: int
    late: int
    bad_minutes: int
    replica_s: float
    most_replicas: int
    decisions: Sequence[int] = field(repr=False, default=())

    @property
    def late_share(self) -> float:
        """Share of the requests that were later than the objective."""
        return self.late / self.requests if self.requests else 0.0


ScalingPolicy = Callable[[Load, int, int, float], int]
"""(load, replicas running, replicas wanted so far, now_s) -> replicas wanted."""


@dataclass(slots=True)
class _Replica:
    ready_s: float
    free_s: float


class _World:
    """The replicas and what is under way."""

    def __init__(self, plant: Plant, rng: random.Random) -> None:
        self.plant = plant
        self.replicas = [_Replica(0.0, 0.0)]
        self.replica_s = 0.0
        self._rng = rng
        self._ends: list[tuple[float, float]] = []
        self._ended: deque[tuple[float, float]] = deque()
        self._ongoing: deque[tuple[float, int]] = deque()

    def arrive(self, now_s: float) -> float:
        """Serve a request that arrives now; return how long it takes in all."""
        ready = [replica for replica in self.replicas if replica.ready_s <= now_s]
        replica = min(ready or self.replicas, key=lambda r: max(r.free_s, r.ready_s))
        took_s = self.plant.service_s * self._rng.lognormvariate(0, SERVICE_SIGMA)
        replica.free_s = max(now_s, replica.free_s, replica.ready_s) + took_s
        latency_s = replica.free_s - now_s
        heapq.heappush(self._ends, (replica.free_s, latency_s))
        return latency_s

    def scale(self, wanted: int, now_s: float) -> None:
        """Start or give up replicas; the newest go first."""
        while len(self.replicas) < wanted:
            self.replicas.append(_Replica(now_s + self.plant.startup_s, 0.0))
        while len(self.replicas) > wanted:
            gone = self.replicas.pop()
            # It is paid for until it has finished what it had.
            self.replica_s += max(0.0, gone.free_s - now_s)

    def running(self, now_s: float) -> int:
        """Return how many replicas serve."""
        return sum(replica.ready_s <= now_s for replica in self.replicas)

    def look(self, now_s: float) -> Load:
        """Return what a policy is shown."""
        while self._ends and self._ends[0][0] <= now_s:
            self._ended.append(heapq.heappop(self._ends))
        while self._ended and self._ended[0][0] <= now_s - self.plant.window_s:
            self._ended.popleft()
        self._ongoing.append((now_s, len(self._ends)))
        while self._ongoing[0][0] <= now_s - self.plant.look_back_s:
            self._ongoing.popleft()
        ongoing = sum(count for _, count in self._ongoing) / len(self._ongoing)
        slow = sum(latency_s > self.plant.objective_s for _, latency_s in self._ended)
        return Load(ongoing, len(self._ended), slow)


def replay(rates: Sequence[float], policy: ScalingPolicy, plant: Plant, seed: int = 0) -> Replay:
    """Replay a curve of requests a second, one number for each second."""
    rng = random.Random(seed)
    world = _World(plant, rng)
    minutes: dict[int, list[int]] = {}
    wanted, most, decisions = 1, 1, []
    for second, rate in enumerate(rates):
        for now_s in _arrivals(second, rate, rng):
            minute = minutes.setdefault(second // 60, [0, 0])
            minute[0] += 1
            minute[1] += world.arrive(now_s) > plant.objective_s
        world.replica_s += len(world.replicas)
        now_s = second + 1.0
        running = max(1, world.running(now_s))
        asked = policy(world.look(now_s), running, wanted, now_s)
        wanted = min(plant.most_replicas, max(1, asked))
        world.scale(wanted, now_s)
        most = max(most, wanted)
        decisions.append(wanted)
    bad = sum(late > (1 - plant.target) * all_of_it for all_of_it, late in minutes.values())
    requests = sum(all_of_it for all_of_it, _ in minutes.values())
    late = sum(late for _, late in minutes.values())
    return Replay(requests, late, bad, world.replica_s, most, decisions)


def _arrivals(second: int, rate: float, rng: random.Random) -> list[float]:
    times, at = [], 0.0
    while rate > 0:
        at += -math.log(1 - rng.random()) / rate
        if at >= 1:
            break
        times.append(second + at)
    return times
