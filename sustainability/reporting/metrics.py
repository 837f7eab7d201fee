"""A node's figures as metric samples; names and labels stand in ``telemetry.metric_table``."""

from collections.abc import Iterator
from typing import get_args

from sustainability.metering.accounts import EnergyAccount
from sustainability.modes.profiles import WorkMode
from sustainability.reporting.snapshot import EnergySnapshot

EnergySample = tuple[str, tuple[str, ...], float]
"""Name, label values, value."""


def samples(now: EnergySnapshot, before: EnergySnapshot) -> Iterator[EnergySample]:
    """Yield every energy metric; counters count from ``before``, when this process started.

    The books outlive the process and its counters must not: whoever adds up processes would
    count the years before once for each of them.
    """
    totals, start = now.totals, before.totals
    for part in ("requests", "overhead", "idle"):
        passed_j = getattr(totals, f"{part}_j") - getattr(start, f"{part}_j")
        yield "brainwav_energy_joules_total", (part,), passed_j
    known = before.accounts.get("endpoint", {})
    for endpoint, account in now.accounts.get("endpoint", {}).items():
        passed_j = account.energy_j - known.get(endpoint, EnergyAccount()).energy_j
        yield "brainwav_request_energy_joules_total", (endpoint,), passed_j
    yield "brainwav_carbon_grams_total", (), totals.emissions_g - start.emissions_g
    yield "brainwav_energy_conservation_error_joules", (), -totals.conservation_error_j
    yield "brainwav_power_watts", (), now.power_w
    if now.settled_j > 0:
        yield "brainwav_energy_estimate_bias_ratio", (), now.estimated_j / now.settled_j - 1
    for mode in get_args(WorkMode):
        yield "brainwav_low_power_mode", (mode,), float(now.mode.effective == mode)
