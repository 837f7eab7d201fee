"""What the service says of itself: a snapshot, the mode's state, the statement of one request."""

from dataclasses import asdict, replace
from typing import Any

from sustainability.metering.accounts import EnergyAccount
from sustainability.metering.kept_requests import RequestRecord
from sustainability.metering.meter import Meter
from sustainability.reporting.report import KINDS
from sustainability.reporting.snapshot import EnergySnapshot, ModeState
from sustainability.service import EnergyService

LATELY_S = 10.0


def snapshot_of(
    service: EnergyService, meter: Meter, node: str, ready: bool, meter_j: float
) -> EnergySnapshot:
    """Return a node's figures; a copy, which later ticks do not change."""
    accounts: dict[str, dict[str, EnergyAccount]] = {
        kind: {name: replace(account) for name, account in service.accounts.each(kind)}
        for kind in KINDS
    }
    return EnergySnapshot(
        node=node,
        ready=ready,
        totals=replace(service.totals),
        unsettled_j=service.unsettled_j,
        meter_j=meter_j,
        power_w=service.recent.power_w(LATELY_S),
        idle_power_w=meter.idle_powers_w(),
        methods=meter.methods() if ready else {},
        pue=meter.pue,
        intensity_g_per_kwh=service.intensity.g_per_kwh,
        intensity_source=service.intensity.source,
        estimated_j=service.estimator.estimated_j,
        settled_j=service.estimator.settled_j,
        mode=_mode(service),
        accounts=accounts,
        warnings=tuple(service.warnings.values()),
    )


def mode_state(service: EnergyService) -> dict[str, Any]:
    """Return the mode's state, fit for JSON."""
    return asdict(_mode(service))


def request_statement(record: RequestRecord, loaded_factor: float) -> dict[str, Any]:
    """Return what a request cost, fit for JSON."""
    return {
        "request_id": record.key.request_id,
        "endpoint": record.key.endpoint,
        "settled": record.settled,
        "energy_j": record.cost.energy_j,
        "fully_loaded_j": record.cost.energy_j * loaded_factor,
        "emissions_g": record.emissions_g,
        "cpu_s": record.cost.cpu_s,
        "estimate_j": record.estimate_j,
        "by_deployment_j": dict(record.by_deployment_j),
    }


def summed_statement(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one statement of those of several nodes."""
    whole = dict(parts[0])
    for part in parts[1:]:
        for name in ("energy_j", "fully_loaded_j", "emissions_g", "cpu_s", "estimate_j"):
            whole[name] += part[name]
        whole["settled"] = whole["settled"] and part["settled"]
        spent = dict(whole["by_deployment_j"])
        for name, energy_j in part["by_deployment_j"].items():
            spent[name] = spent.get(name, 0.0) + energy_j
        whole["by_deployment_j"] = spent
    return whole


def _mode(service: EnergyService) -> ModeState:
    modes = service.modes
    directive = modes.directive
    return ModeState(modes.chosen, directive.mode, modes.reason, directive.duty, service.applied())
