"""The report of `GET /sustainability`: what the books of all nodes say, in words one can quote."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sustainability.metering.accounts import EnergyAccount, Totals
from sustainability.reporting.sci import Embodied, functional_unit, sci_g
from sustainability.reporting.snapshot import EnergySnapshot
from sustainability.units import J_PER_WH

ReportPart = dict[str, Any]

LEAST_UNITS = 20.0
"""Of a mode and endpoint before its figures are compared with another mode's."""
KM_G = 170.0
"""Grams of a kilometre in an average petrol car (UK government conversion factors 2023: 164)."""
KETTLE_J = 0.1 * J_PER_WH * 1000
"""Boiling a litre of water: about 0.1 kWh."""
CHARGE_J = 15.0 * J_PER_WH
"""Charging a telephone: a battery of about 15 Wh."""


def render(snapshots: Sequence[EnergySnapshot], embodied: Embodied) -> ReportPart:
    """Return the report; figures of all nodes are summed, methods named for each."""
    totals = _sum_totals(snapshots)
    accounts = _sum_accounts(snapshots)
    low, high = _range(snapshots)
    settled_j = sum(snapshot.settled_j for snapshot in snapshots)
    estimated_j = sum(snapshot.estimated_j for snapshot in snapshots)
    requests = sum(account.requests for account in accounts["endpoint"].values())
    units = sum(account.units for account in accounts["endpoint"].values())
    embodied_g = sum(embodied.emissions_g(snapshot.totals.seconds) for snapshot in snapshots)
    return {
        "ready": all(snapshot.ready for snapshot in snapshots),
        "measured_j": totals.measured_j,
        "requests_j": totals.requests_j,
        "overhead_j": totals.overhead_j,
        "idle_j": totals.idle_j,
        "conservation_error_j": totals.conservation_error_j,
        "unsettled_j": sum(snapshot.unsettled_j for snapshot in snapshots),
        "meter_j": sum(snapshot.meter_j for snapshot in snapshots),
        "emissions_g": totals.emissions_g,
        "metered_s": totals.seconds,
        "average_power_w": _ratio(totals.measured_j, totals.seconds / max(1, len(snapshots)))
        or 0.0,
        "power_w": sum(snapshot.power_w for snapshot in snapshots),
        "idle_share": _ratio(totals.idle_j, totals.measured_j) or 0.0,
        "requests": requests,
        "requests_per_wh": _ratio(requests, totals.measured_j / J_PER_WH),
        "estimate_bias_ratio": _ratio(estimated_j, settled_j),
        "range": {"low": low, "high": high},
        "method": _methods(snapshots),
        "pue": snapshots[0].pue,
        "intensity_g_per_kwh": snapshots[0].intensity_g_per_kwh,
        "intensity_source": snapshots[0].intensity_source,
        "mode": _mode(snapshots, accounts),
        "endpoints": _endpoints(accounts["endpoint"], totals, embodied_g),
        "clients": _named(accounts["client"], "client"),
        "deployments": _named(accounts["deployment"], "deployment"),
        "nodes": [_node(snapshot) for snapshot in snapshots],
        "sci": {
            "g_per_unit": sci_g(totals.emissions_g, embodied_g, units),
            "functional_unit": "unit of work of any endpoint",
            "operational_g": totals.emissions_g,
            "embodied_g": embodied_g,
            "units": units,
        },
        "equivalents": {
            "car_km": (totals.emissions_g + embodied_g) / KM_G,
            "litres_boiled": totals.measured_j / KETTLE_J,
            "telephones_charged": totals.measured_j / CHARGE_J,
        },
        "warnings": [text for snapshot in snapshots for text in snapshot.warnings],
        "since_utc_s": min(snapshot.totals.since_utc_s for snapshot in snapshots),
    }


def _endpoints(
    accounts: Mapping[str, EnergyAccount], totals: Totals, embodied_g: float
) -> list[ReportPart]:
    requests_j = sum(account.energy_j for account in accounts.values()) or 1.0
    rows = []
    for name, account in sorted(accounts.items()):
        loaded = totals.loaded_factor
        # Idle and overhead fall on endpoints as their own joules do.
        operational_g = totals.emissions_g * account.energy_j / requests_j
        share_g = embodied_g * account.energy_j / requests_j
        rows.append(
            {
                "endpoint": name,
                "requests": account.requests,
                "units": account.units,
                "functional_unit": functional_unit(name),
                "energy_j": account.energy_j,
                "fully_loaded_j": account.energy_j * loaded,
                "emissions_g": account.emissions_g,
                "cpu_s": account.work_s,
                "j_per_request": _ratio(account.energy_j, account.requests),
                "wh_per_request": _ratio(account.energy_j / J_PER_WH, account.requests),
                "g_per_request": _ratio(account.emissions_g, account.requests),
                "sci_g_per_unit": sci_g(operational_g, share_g, account.units),
            }
        )
    return rows


def _named(accounts: Mapping[str, EnergyAccount], kind: str) -> list[ReportPart]:
    return [
        {
            kind: name,
            "energy_j": account.energy_j,
            "emissions_g": account.emissions_g,
            "requests": account.requests,
            "cpu_s": account.work_s,
        }
        for name, account in sorted(accounts.items())
    ]


def _mode(
    snapshots: Sequence[EnergySnapshot], accounts: Mapping[str, Mapping[str, EnergyAccount]]
) -> ReportPart:
    first = snapshots[0].mode
    return {
        "chosen": first.chosen,
        "effective": first.effective,
        "reason": first.reason,
        "duty": min(snapshot.mode.duty for snapshot in snapshots),
        "replicas": {name: s for snap in snapshots for name, s in snap.mode.replicas.items()},
        "saving": savings(accounts["mode"]),
        "dynamic_w": {
            name: _ratio(account.energy_j, account.work_s)
            for name, account in accounts["mode_total"].items()
        },
    }


def savings(accounts: Mapping[str, EnergyAccount]) -> list[ReportPart]:
    """Return what each mode was measured to save against `full`, by endpoint, in this service.

    Only where both had work enough. Loads may have differed: `make bench-energy` is the fair
    comparison, this is what happened.
    """
    rows = []
    for name, account in sorted(accounts.items()):
        mode, endpoint = name.split(" ", 1)
        full = accounts.get(f"full {endpoint}")
        if mode == "full" or full is None or min(account.units, full.units) < LEAST_UNITS:
            continue
        if full.energy_j <= 0 or full.work_s <= 0:
            continue
        rows.append(
            {
                "mode": mode,
                "endpoint": endpoint,
                "energy_saved": 1 - (account.energy_j / account.units * full.units / full.energy_j),
                "cpu_saved": 1 - (account.work_s / account.units * full.units / full.work_s),
                "units": account.units,
            }
        )
    return rows


def _node(snapshot: EnergySnapshot) -> ReportPart:
    return {
        "node": snapshot.node,
        "measured_j": snapshot.totals.measured_j,
        "power_w": snapshot.power_w,
        "idle_power_w": snapshot.idle_power_w,
        "methods": {name: f"{m.name}: {m.detail}" for name, m in snapshot.methods.items()},
    }


def _methods(snapshots: Iterable[EnergySnapshot]) -> str:
    names = {method.name for snapshot in snapshots for method in snapshot.methods.values()}
    return " + ".join(sorted(names)) or "starting"


def _range(snapshots: Sequence[EnergySnapshot]) -> tuple[float, float]:
    """Return factors the true total lies between: each domain's own, weighed by its energy."""
    low = high = whole_j = 0.0
    for snapshot in snapshots:
        for name, account in snapshot.accounts.get("domain", {}).items():
            method = snapshot.methods.get(name)
            if method is not None:
                low += method.range[0] * account.energy_j
                high += method.range[1] * account.energy_j
                whole_j += account.energy_j
    return (low / whole_j, high / whole_j) if whole_j else (0.6, 1.4)


def _sum_totals(snapshots: Iterable[EnergySnapshot]) -> Totals:
    whole = Totals()
    for snapshot in snapshots:
        totals = snapshot.totals
        whole.measured_j += totals.measured_j
        whole.requests_j += totals.requests_j
        whole.overhead_j += totals.overhead_j
        whole.idle_j += totals.idle_j
        whole.emissions_g += totals.emissions_g
        whole.seconds += totals.seconds
    return whole


KINDS = ("endpoint", "client", "deployment", "domain", "mode", "mode_total")


def _sum_accounts(snapshots: Iterable[EnergySnapshot]) -> dict[str, dict[str, EnergyAccount]]:
    whole: dict[str, dict[str, EnergyAccount]] = {kind: {} for kind in KINDS}
    for snapshot in snapshots:
        for kind in KINDS:
            for name, account in snapshot.accounts.get(kind, {}).items():
                to = whole[kind].setdefault(name, EnergyAccount())
                to.energy_j += account.energy_j
                to.emissions_g += account.emissions_g
                to.work_s += account.work_s
                to.requests += account.requests
                to.units += account.units
    return whole


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None
