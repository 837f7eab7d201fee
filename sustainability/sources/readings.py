"""What a source of energy readings is, and what can be said of how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

NODE = "node"
"""The domain of processors and memory; accelerators are ``gpu0``, ``gpu1``, …"""

RANGES = {
    "rapl": (0.95, 1.05),
    "nvml": (0.95, 1.05),
    "cpu_load": (0.6, 1.4),
    "linear": (0.6, 1.4),
    "constant": (0.4, 1.6),
}
"""Factors a true figure lies between, by method. Models: errors up to 40 % against a wall meter
(arXiv 2509.22092); constants are a guess, for which nobody published a bound. Counters measure
their own domain well and leave out power supplies, fans and disks."""


@dataclass(frozen=True, slots=True)
class MeasuringMethod:
    """How a domain is read."""

    name: str
    """`rapl`, `nvml`, `cpu_load`, `linear` or `constant`."""
    detail: str

    @property
    def range(self) -> tuple[float, float]:
        """Factors a true figure lies between."""
        return RANGES.get(self.name, RANGES["constant"])


@dataclass(frozen=True, slots=True)
class EnergyReading:
    """Joules since the source began, by domain; without PUE."""

    energy_j: Mapping[str, float]
    busy_s: Mapping[str, float] = field(default_factory=dict)
    """Busy seconds of accelerators since the source began."""


class EnergySource(Protocol):
    """Reads energy; used from one thread at a time."""

    def begin(self) -> None:
        """Find the hardware and start counting; may take seconds."""
        ...

    def read(self) -> EnergyReading:
        """Return what was used since ``begin``."""
        ...

    def methods(self) -> Mapping[str, MeasuringMethod]:
        """Say how each domain is read."""
        ...

    def idle_power_w(self) -> Mapping[str, float]:
        """Return the power of an idle domain where the method itself says it."""
        ...

    def end(self) -> None:
        """Let go of the hardware."""
        ...
