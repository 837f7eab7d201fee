"""The last minute of a node: its power, and how long answers took."""

from collections import defaultdict, deque

WINDOW_S = 60.0
MOST_ANSWERS = 5000


class RecentMinute:
    """Forgets what is older than a minute."""

    def __init__(self) -> None:
        self._power: deque[tuple[float, float, float]] = deque()
        self._answers: deque[tuple[float, str, float]] = deque(maxlen=MOST_ANSWERS)

    def add_power(self, end_s: float, energy_j: float, length_s: float) -> None:
        """Take in a tick."""
        self._power.append((end_s, energy_j, length_s))
        while self._power[0][0] < end_s - WINDOW_S:
            self._power.popleft()

    def add_answer(self, ended_s: float, endpoint: str, took_s: float) -> None:
        """Take in an answer."""
        self._answers.append((ended_s, endpoint, took_s))

    def power_w(self, last_s: float = WINDOW_S) -> float:
        """Return the mean power of the last seconds."""
        if not self._power:
            return 0.0
        after_s = self._power[-1][0] - last_s
        kept = [
            (energy_j, length_s) for end_s, energy_j, length_s in self._power if end_s > after_s
        ]
        return sum(energy_j for energy_j, _ in kept) / sum(length_s for _, length_s in kept)

    def p95_s(self, now_s: float) -> dict[str, float]:
        """Return the 95th percentile of the time answers took, by endpoint."""
        while self._answers and self._answers[0][0] < now_s - WINDOW_S:
            self._answers.popleft()
        by_endpoint: defaultdict[str, list[float]] = defaultdict(list)
        for _, endpoint, took_s in self._answers:
            by_endpoint[endpoint].append(took_s)
        return {name: sorted(took)[int(0.95 * len(took))] for name, took in by_endpoint.items()}
