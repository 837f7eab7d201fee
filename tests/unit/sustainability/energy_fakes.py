"""Fakes of clocks and hardware for tests of energy."""

from collections.abc import Mapping

from sustainability.sources.readings import NODE, EnergyReading, MeasuringMethod
from sustainability.work import RequestKey


def key(name: str = "r", endpoint: str = "/embed", client: str = "c") -> RequestKey:
    """Return a request's key."""
    return RequestKey(name, endpoint, client)


class Dial:
    """A clock that stands still until it is turned."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def turn(self, seconds: float) -> None:
        self.now_s += seconds


class Source:
    """A counter that a test sets."""

    def __init__(self, domain: str = NODE, idle_w: float | None = None) -> None:
        self.domain = domain
        self.energy_j = 0.0
        self.busy_s = 0.0
        self.idle_w = idle_w
        self.ended = False

    def begin(self) -> None:
        """Nothing to find."""

    def read(self) -> EnergyReading:
        return EnergyReading({self.domain: self.energy_j}, {self.domain: self.busy_s})

    def methods(self) -> Mapping[str, MeasuringMethod]:
        return {self.domain: MeasuringMethod("rapl", "a fake")}

    def idle_power_w(self) -> Mapping[str, float]:
        return {} if self.idle_w is None else {self.domain: self.idle_w}

    def end(self) -> None:
        self.ended = True
