"""A node's figures as metric samples, for whatever registry exposes them."""

from dataclasses import dataclass, field
from typing import Literal

from sustainability.snapshot import Snapshot

MODES = ("full", "eco", "power_cap")


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value now."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def samples(snapshot: Snapshot) -> list[Sample]:
    """Return every energy metric of a node."""
    totals = snapshot.totals
    parts = (
        ("requests", totals.requests_j),
        ("overhead", totals.overhead_j),
        ("idle", totals.idle_j),
    )
    found = [
        Sample(
            "brainwav_energy_joules_total",
            "counter",
            "Energy measured, by what it went to; the parts add up to the meter.",
            value,
            {"part": part},
        )
        for part, value in parts
    ]
    found += [
        Sample(
            "brainwav_request_energy_joules_total",
            "counter",
            "Energy of requests, by the endpoint they came to.",
            account.energy_j,
            {"endpoint": name},
        )
        for name, account in snapshot.accounts.get("endpoint", {}).items()
    ]
    found += [
        _gauge("brainwav_energy_conservation_error_joules",
               "Measured minus the sum of its parts: rounding only.", totals.conservation_error_j),
        _gauge("brainwav_power_watts", "Power over the last ten seconds.", snapshot.power_w),
        Sample("brainwav_carbon_grams_total", "counter",
               "Location-based emissions of all energy measured.", totals.emissions_g),
    ]  # fmt: skip
    if snapshot.settled_j > 0:
        bias = snapshot.estimated_j / snapshot.settled_j
        found.append(
            _gauge("brainwav_energy_estimate_bias_ratio",
                   "Joules told in headers over joules settled; 1 is unbiased.", bias)
        )  # fmt: skip
    found += [
        Sample(
            "brainwav_low_power_mode",
            "gauge",
            "1 for the mode in force.",
            float(snapshot.mode.effective == mode),
            {"mode": mode},
        )
        for mode in MODES
    ]
    return found


def _gauge(name: str, text: str, value: float) -> Sample:
    return Sample(name, "gauge", text, value)
